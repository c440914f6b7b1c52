import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import type { Layout } from "./layout.ts";

/** The API server's answers, as the instance's admin. */
export interface KubernetesApi {
  /** @returns the body; undefined where the server does not answer or answers with an error */
  get(path: string): Promise<string | undefined>;
}

/** Speaks to the API server of an instance whose PKI is there. */
export function kubernetesApi(layout: Layout, nodeIp: string): KubernetesApi {
  const [ca, cert, key] = ["ca.crt", "admin.crt", "admin.key"].map((file) => readFileSync(join(layout.pki, file)));
  return {
    get: (path) =>
      new Promise((resolve) => {
        const sent = request(
          { host: nodeIp, port: 6443, path, ca, cert, key, agent: false, timeout: 3000 },
          (response) => {
            let body = "";
            response.setEncoding("utf8");
            response.on("data", (text: string) => (body += text));
            response.on("error", () => resolve(undefined));
            response.on("end", () => resolve(response.statusCode === 200 ? body : undefined));
          },
        );
        sent.on("timeout", () => sent.destroy());
        sent.on("error", () => resolve(undefined));
        sent.on("close", () => resolve(undefined));
        sent.end();
      }),
  };
}

interface Conditioned {
  status?: {
    conditions?: { type: string; status: string; lastHeartbeatTime?: string }[];
    containerStatuses?: { state: { running?: { startedAt: string } } }[];
  };
}

/**
 * Whether a node is Ready by its own word.
 *
 * @param node a Node as JSON
 * @param since ISO 8601; what it said before does not count
 */
export function isNodeReady(node: string, since = ""): boolean {
  const ready = condition(JSON.parse(node) as Conditioned, "Ready");
  return ready?.status === "True" && notBefore(ready.lastHeartbeatTime, since);
}

/**
 * Whether a pod is Ready with containers that run since then.
 *
 * @param pods a PodList as JSON
 * @param since ISO 8601; containers that started before do not count
 */
export function hasReadyPod(pods: string, since: string): boolean {
  const { items } = JSON.parse(pods) as { items: Conditioned[] };
  return items.some((pod) => {
    const containers = pod.status?.containerStatuses ?? [];
    const fresh = containers.every(({ state }) => notBefore(state.running?.startedAt, since));
    return condition(pod, "Ready")?.status === "True" && containers.length > 0 && fresh;
  });
}

function condition(object: Conditioned, type: string) {
  return object.status?.conditions?.find((one) => one.type === type);
}

/** Kubernetes tells whole seconds and a date tells milliseconds, so they are compared as times, not as texts. */
function notBefore(time: string | undefined, since: string): boolean {
  return since === "" || (time !== undefined && Date.parse(time) >= Date.parse(since));
}
