import { homedir } from "node:os";
import { join } from "node:path";

/** What can be made again: tools, images, downloaded manifests. `$XDG_CACHE_HOME/knflow`, by default ~/.cache/knflow. */
export function cacheDir(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "knflow");
}

/** What would be lost: clusters with the state of their stacks, logs. `$XDG_STATE_HOME/knflow`, by default ~/.local/state/knflow. */
export function stateDir(): string {
  return join(process.env.XDG_STATE_HOME || join(homedir(), ".local", "state"), "knflow");
}

/** The folder of all instances of the embedded cluster. */
export function clustersDir(): string {
  return join(stateDir(), "clusters");
}

/** The one folder that holds all state of an embedded cluster's instance. */
export function instanceDir(name: string): string {
  return join(clustersDir(), name);
}
