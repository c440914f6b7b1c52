// Writes the archives that open runs go on with, one a line. `knflow gc` runs it in the run keeper's pod.
import { storeAt } from "../store/connect.ts";

try {
  const store = await storeAt(process.env.KNFLOW_STORE_URL ?? "", 0)();
  const archives = await store.archivesInUse();
  await store.close();
  process.stdout.write(archives.map((archive) => `${archive}\n`).join(""));
} catch (error) {
  process.stderr.write(`the run store cannot be reached: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
