// The executor's process: loads its workflow, then listens. It is ready only when both are done.
import { writeFileSync } from "node:fs";
import { loadDefinition } from "../definition/index.ts";
import { downloadDefinition } from "./code.ts";
import { workflowServer } from "./http.ts";
import { log } from "./log.ts";

try {
  const addresses = JSON.parse(required("KNFLOW_FUNCTIONS")) as Record<string, string>;
  const text = await downloadDefinition({
    origin: required("KNFLOW_CODE_ORIGIN"),
    object: required("FAASIT_CODE_DIR"),
    sha256: required("KNFLOW_CODE_SHA256"),
  });
  const loaded = loadDefinition(text, "workflow.yaml", Object.keys(addresses));
  if ("problems" in loaded) {
    throw new Error(loaded.problems.map((one) => `${one.file}:${one.line}:${one.column}: ${one.message}`).join("\n"));
  }
  const timeoutSeconds = Number(process.env.KNFLOW_TIMEOUT_SECONDS ?? 600);
  const server = workflowServer({ definition: loaded.definition, addresses, timeoutSeconds });
  const port = Number(process.env.PORT ?? 9000);
  server.listen(port, () => log("info", "listening", { port }));
  // Runs in flight finish; queue-proxy sends no new ones once the pod is told to end.
  process.once("SIGTERM", () => server.close(() => process.exit(0)));
} catch (error) {
  const reason = (error as Error).message;
  log("error", "the workflow cannot be loaded", { error: reason });
  try {
    // The kubelet passes this on, so that it ends in Knative's conditions and in the output of the update.
    writeFileSync(process.env.KNFLOW_TERMINATION_LOG ?? "/dev/termination-log", reason.slice(0, 4096));
  } catch {
    // Outside a pod there is none.
  }
  process.exitCode = 1;
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`${name} is not set`);
  return value;
}
