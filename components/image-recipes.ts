import type { ImageName } from "../settings/images.ts";

/** What an image is made of: the context that its Dockerfile copies from, and the folders that this copies, its own first. */
export const recipes = {
  python: { repository: "runtime-python", context: "runtimes/python", folders: ["runtimes/python"] },
  node: {
    repository: "runtime-node",
    context: "runtimes",
    // One reader of archives and of requests for both, one way to open the port, and one to tell of what happens.
    folders: [
      "runtimes/node",
      ...["archive", "json", "port", "telemetry"].map((name) => `runtimes/workflow/src/${name}`),
    ],
  },
  workflow: { repository: "workflow-executor", context: "runtimes/workflow", folders: ["runtimes/workflow"] },
  fileServer: { repository: "file-server", context: "runtimes/file-server", folders: ["runtimes/file-server"] },
} as const satisfies Record<ImageName, object>;
