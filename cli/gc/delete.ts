import { UserError } from "../../console/errors.ts";
import type { Kubectl } from "../kubectl.ts";
import type { Seen } from "./cluster.ts";

/** Where the API server has what is deleted here. */
const paths = {
  revisions: "/apis/serving.knative.dev/v1",
  secrets: "/api/v1",
} as const;

/**
 * Deletes objects, each only if it is as it was seen: a Revision that got a route meanwhile stays.
 *
 * @returns the names of those that were deleted
 * @throws UserError where the cluster refuses one for another reason
 */
export async function deleteSeen(
  kubectl: Kubectl,
  kind: keyof typeof paths,
  namespace: string,
  objects: readonly (Seen & { readonly name: string })[],
): Promise<ReadonlySet<string>> {
  const deleted = new Set<string>();
  for (const { name, uid, resourceVersion } of objects) {
    const input = JSON.stringify({
      apiVersion: "v1",
      kind: "DeleteOptions",
      preconditions: { uid, resourceVersion },
      propagationPolicy: "Background",
    });
    const path = `${paths[kind]}/namespaces/${namespace}/${kind}/${name}`;
    const { failed, stderr, shortMessage } = await kubectl.start(["delete", "--raw", path, "-f", "-"], { input });
    if (!failed) deleted.add(name);
    else if (!/\((Conflict|NotFound)\)/.test(stderr)) {
      throw new UserError(`${path} cannot be deleted: ${stderr.trim() || shortMessage}`);
    }
  }
  return deleted;
}
