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

interface Conditions {
  status?: { conditions?: { type: string; status: string; lastHeartbeatTime?: string }[] };
}

/**
 * Whether an object's condition is True.
 *
 * @param object an object of the API as JSON
 * @param after ISO 8601: a heartbeat older than this does not count; what a node said before it ended is such a one
 */
export function hasCondition(object: string, type: string, after = ""): boolean {
  const { status } = JSON.parse(object) as Conditions;
  return (status?.conditions ?? []).some(
    (condition) =>
      condition.type === type &&
      condition.status === "True" &&
      (after === "" || (condition.lastHeartbeatTime ?? "") >= after),
  );
}
