import { codeOrigin } from "../../manifests/file-server.ts";
import { labels, platformLabels } from "../../manifests/labels.ts";
import { restrictedContainer } from "../../manifests/security.ts";

/** By which the probes of a run of the doctor are known; its value is the run's. */
export const probeLabel = "knflow.dev/doctor";

/** Who a probe pretends to be: a function's pod, which may ask the file server, or one that may not. */
export type Role = "function" | "stranger";

/** What a probe saw: an answer, a connection that was refused or never made, or that the name was not found. */
export type Seen = "reached" | "denied" | "no-address";

/** Seconds that a probe goes on for until it sees what it should: rules reach a new pod's address with some delay. */
const patienceSeconds = 10;

/** Asks again and again until what is wanted was seen three times in a row; tells what was seen last. */
const program = `
const [url, wanted] = process.argv.slice(1);
const end = Date.now() + ${patienceSeconds * 1000};
const tell = (seen) => require("node:fs").writeFileSync("/dev/termination-log", seen);
const ask = () => fetch(url, { signal: AbortSignal.timeout(2000) }).then(
  ({ ok }) => (ok ? "reached" : "denied"),
  ({ cause }) => (["ENOTFOUND", "EAI_AGAIN"].includes(cause?.code) ? "no-address" : "denied"),
);
(async () => {
  for (let times = 0, seen; ; ) {
    seen = await ask();
    times = seen === wanted ? times + 1 : 0;
    if (times === 3 || Date.now() > end) return tell(seen);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
})();
`;

/** What {@link probePod} is made from. */
export interface ProbePodSpec {
  readonly namespace: string;
  readonly role: Role;
  /** Names the run of the doctor. */
  readonly run: string;
  /** An image with Node.js that the cluster has. */
  readonly image: string;
}

/** A pod that asks the file server once it runs, tells in its termination message what it saw, and ends. */
export function probePod({ namespace, role, run, image }: ProbePodSpec) {
  const url = new URL("/health", codeOrigin(namespace)).href;
  const own = role === "function" ? { [labels.workflow]: "knflow-doctor", [labels.function]: "probe" } : {};
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `knflow-doctor-${run}-${role}`,
      namespace,
      labels: { ...platformLabels("doctor"), ...own, [probeLabel]: run },
    },
    spec: {
      restartPolicy: "Never",
      // Where nobody is left to remove it.
      activeDeadlineSeconds: 60,
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      containers: [
        {
          name: "probe",
          image,
          command: ["node", "-e", program, url, role === "function" ? "reached" : "denied"],
          securityContext: restrictedContainer,
          resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { cpu: "500m", memory: "128Mi" } },
        },
      ],
    },
  };
}
