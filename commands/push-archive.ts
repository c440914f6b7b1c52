import { pushArchive } from "./archive.ts";
import { runCommand } from "./kubectl.ts";

/** Puts the archive of a function or a workflow onto the code volume. Run by a command resource during an update. */
await runCommand(async () => {
  const { done } = await pushArchive();
  process.stdout.write(`${done}\n`);
});
