import assert from "node:assert/strict";
import { execa } from "execa";
import { probePod } from "../../cli/doctor/probe-pod.ts";
import type { Finding } from "../../cli/doctor/finding.ts";
import { waitFor } from "../runtime/support/wait.ts";
import { podFaults, type SecuredPod } from "./pod-security.ts";
import type { Project } from "./project.ts";

/** Every pod of the namespace, queue-proxy's containers included, may do no more than it must. */
export async function assertConfined(project: Project, namespace: string): Promise<void> {
  const { items } = JSON.parse(await project.kubectl("-n", namespace, "get", "pods", "-o", "json")) as {
    items: SecuredPod[];
  };
  const kinds = new Set(items.flatMap(({ spec }) => spec.containers.map(({ name }) => name)));
  assert.deepEqual([...kinds].sort(), ["nginx", "postgres", "queue-proxy", "run-keeper", "user-container"]);
  assert.deepEqual(items.flatMap(podFaults), []);
}

/** A pod that says nothing of what it may do is not let in. */
export async function assertPlainPodRefused(project: Project, namespace: string): Promise<void> {
  const plain = ["run", "plain", "--image=localhost:5000/none", "--restart=Never"];
  const refused = await execa("kubectl", ["-n", namespace, ...plain], { env: project.env, reject: false });
  assert.equal(refused.exitCode, 1, refused.stdout);
  assert.match(refused.stderr, /violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false/);
}

/** A pod of another namespace is denied, though it has a function's labels. */
export async function assertForeignPodDenied(
  project: Project,
  namespace: string,
  from: string,
  image: string,
): Promise<void> {
  const stranger = probePod({ namespace, role: "stranger", run: "foreign", image });
  const { labels } = probePod({ namespace, role: "function", run: "foreign", image }).metadata;
  const pod = { ...stranger, metadata: { ...stranger.metadata, namespace: from, labels } };
  const own = ["-n", from];
  await execa("kubectl", [...own, "create", "-f", "-"], { env: project.env, input: JSON.stringify(pod) });
  const message = "{.status.containerStatuses[0].state.terminated.message}";
  const get = [...own, "get", "pod", pod.metadata.name, "-o", `jsonpath=${message}`];
  const seen = await waitFor("the foreign pod's word", async () => (await project.kubectl(...get)) || undefined, 60);
  await project.kubectl(...own, "delete", "pod", pod.metadata.name, "--wait=false");
  assert.equal(seen, "denied", from);
}

/** `knflow doctor` finds nothing wrong, and that the network enforces the policies; its probes are gone. */
export async function assertDoctorContent(project: Project, namespace: string): Promise<void> {
  const args = ["cli/knflow.js", "doctor", "--stack", project.stack, "--json"];
  const { exitCode, stdout, stderr } = await execa(process.execPath, args, {
    cwd: project.folder,
    env: project.env,
    reject: false,
  });
  assert.equal(exitCode, 0, stdout + stderr);
  const findings = JSON.parse(stdout) as Finding[];
  assert.deepEqual(
    findings.filter(({ state }) => state !== "ok"),
    [],
  );
  const network = findings.find(({ area }) => area === "network");
  assert.match(network?.seen ?? "", /^are enforced: /);
  const left = ["-n", namespace, "get", "pods", "-l", "knflow.dev/doctor", "-o", "name"];
  await waitFor("the probes' end", async () => ((await project.kubectl(...left)) === "" ? true : undefined));
}
