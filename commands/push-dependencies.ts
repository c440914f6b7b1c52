import { readFile } from "node:fs/promises";
import { UserError } from "../console/errors.ts";
import { provideFromEnvironment } from "./dependencies.ts";
import { required, runCommand } from "./kubectl.ts";
import { pushObject } from "./push.ts";

// Puts installed packages onto the code volume. Run by a command resource after install-dependencies.ts, whose cache it uses; of a
// release, whose packages are fixed, alone.
await runCommand(async () => {
  const object = required("KNFLOW_OBJECT");
  const digest = /([0-9a-f]{64})\.zip$/.exec(object)?.[1] ?? "";
  const done = await pushObject(required("KNFLOW_NAMESPACE"), object, digest, async () => {
    const provided = await provideFromEnvironment();
    if (provided.object === object) return readFile(provided.file);
    throw new UserError(
      `the packages were ${object} where they were installed first, but are ${provided.object} installed here: the lock file ` +
        `leaves versions open, or the release's stack has another knflow:pythonVersion or knflow:architecture; run this on the ` +
        `machine that installed them, whose cache has them, or lock every version (of a release: and promote again)`,
    );
  });
  process.stdout.write(`${done}\n`);
});
