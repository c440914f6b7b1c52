import { readFile } from "node:fs/promises";
import { provideFromEnvironment } from "./dependencies.ts";
import { required, runCommand } from "./kubectl.ts";
import { pushObject } from "./push.ts";

// Puts installed packages onto the code volume. Run by a command resource after install-dependencies.ts, whose cache it uses.
await runCommand(async () => {
  const { object, sha256, file } = await provideFromEnvironment();
  process.stdout.write(`${await pushObject(required("KNFLOW_NAMESPACE"), object, sha256, () => readFile(file))}\n`);
});
