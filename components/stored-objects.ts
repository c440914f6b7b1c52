import { log } from "@pulumi/pulumi";
import { kubectlOn } from "../commands/kubectl.ts";
import { fileServerName } from "../manifests/file-server.ts";
import { kubectlFlags, type ClusterAccess } from "../settings/cluster.ts";

/** Milliseconds after which an update goes on without knowing what is on the volume. */
const patience = 5000;

/** What was on the code volume when the program began. */
export class StoredObjects {
  /** When it was looked at. */
  readonly time: string;
  readonly #lines: ReadonlyMap<string, string> | undefined;

  /** @param list what `knflow-receive --list` printed; undefined where it could not be asked */
  constructor(list: string | undefined, time = new Date()) {
    this.time = time.toISOString();
    this.#lines = list === undefined ? undefined : new Map(list.split("\n").map((line) => halves(line)));
  }

  /** Whether the file server answered. */
  get known(): boolean {
    return this.#lines !== undefined;
  }

  /** Whether the object has to be pushed: it is known not to be there, to have another size or to be suspect. */
  lacks({ object, size }: { readonly object: string; readonly size: number }): boolean {
    return this.#lines !== undefined && this.#lines.get(object) !== String(size);
  }
}

function halves(line: string): [string, string] {
  const [object = "", ...rest] = line.split(" ");
  return [object, rest.join(" ")];
}

/**
 * Asks the file server what is on the code volume. Where there is no file server yet, or it does not answer soon, nothing is
 * known: an update that has something to push says itself why it cannot.
 */
export async function readStoredObjects(
  cluster: Pick<ClusterAccess, "kubeconfig" | "context">,
  namespace: string,
  timeout = patience,
): Promise<StoredObjects> {
  const exec = ["-n", namespace, "exec", `deploy/${fileServerName}`, "--pod-running-timeout=1s", "--"];
  try {
    const listed = await kubectlOn(kubectlFlags(cluster), [...exec, "knflow-receive", "--list"], { timeout });
    if (listed.failed) throw new Error(listed.stderr.trim() || listed.shortMessage);
    return new StoredObjects(listed.stdout);
  } catch (error) {
    void log.debug(`the code volume could not be looked at: ${(error as Error).message}`);
    return new StoredObjects(undefined);
  }
}
