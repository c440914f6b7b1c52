import { provideFromEnvironment } from "./dependencies.ts";
import { runCommand } from "./kubectl.ts";

// Installs packages for the runtime's platform into the cache and prints the archive's name on the volume.
await runCommand(async () => {
  process.stdout.write((await provideFromEnvironment()).object);
});
