import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import type { Environment } from "../../local/secrets.ts";
import { projectRoot } from "../root.ts";

/** Where functions that run on this machine find their secrets: this process' environment, then the project's `.env`. */
export function localEnvironment(): Environment {
  const file = join(projectRoot, ".env");
  return existsSync(file) ? { ...parseEnv(readFileSync(file, "utf8")), ...process.env } : process.env;
}
