import { LoadError } from "./errors.ts";
import { readTelemetry, type TelemetrySettings } from "../../workflow/src/telemetry/settings.ts";
import { levels, type Level } from "./log.ts";

/** Everything that the environment says; docs/reference/runtime-protocol.md has each variable. */
export interface Settings {
  readonly function: string;
  readonly workflow: string;
  readonly revision: string;
  /** Where archives are; ends in a slash. The only host that is ever asked for code. */
  readonly origin: string;
  readonly object: string;
  readonly sha256: string;
  /** The object with the third-party packages; empty where there are none. */
  readonly dependencies: string;
  /** Where functions of the workflow are called: an address with `{name}` in it; empty where none can be. */
  readonly functionAddress: string;
  readonly workflowAddress: string;
  readonly handler: string;
  readonly host: string;
  readonly port: number;
  readonly timeoutSeconds: number;
  readonly loadTimeoutSeconds: number;
  readonly largestBody: number;
  readonly workDir: string;
  readonly logLevel: Level;
  readonly logPayloadBytes: number;
  /** Traces and metrics; undefined where there are none. */
  readonly telemetry: TelemetrySettings | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const name = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const addressTemplate =
  /^(http:\/\/(?=[^{]*\{name\}[^{]*$)([A-Za-z0-9.-]|\{name\})+(:\d{1,5})?(\/([A-Za-z0-9._~-]|\{name\})+)*)?$/;
const nameRule = "a name of lower-case letters, digits and dashes";

/** @throws LoadError that lists everything that is wrong */
export function readSettings(env: Environment): Settings {
  const reader = new Reader(env);
  const settings: Settings = {
    origin: reader.text(
      "KNFLOW_CODE_ORIGIN",
      /^http:\/\/[A-Za-z0-9.-]{1,253}(:\d{1,5})?\/([A-Za-z0-9._~-]+\/)*$/,
      "http://<host>[:port]/<path>/ with a slash at its end",
    ),
    object: reader.text(
      "FAASIT_CODE_DIR",
      /^[a-z0-9-]{1,63}\/[a-z0-9-]{1,63}-[0-9a-f]{64}\.zip$/,
      "<workflow>/<name>-<sha256>.zip",
    ),
    sha256: reader.text("KNFLOW_CODE_SHA256", /^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits"),
    dependencies: env.KNFLOW_DEPENDENCIES ?? "",
    function: reader.text("FAASIT_FUNC_NAME", name, nameRule),
    workflow: reader.text("FAASIT_WORKFLOW_NAME", name, nameRule),
    revision: env.K_REVISION ?? "",
    functionAddress: reader.address("KNFLOW_FUNCTION_ADDRESS"),
    workflowAddress: reader.address("KNFLOW_WORKFLOW_ADDRESS"),
    handler: reader.text(
      "KNFLOW_HANDLER",
      /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)+$/u,
      "<module>.<function>, such as main.handler",
      "main.handler",
    ),
    host: env.KNFLOW_HOST || "0.0.0.0",
    port: reader.number("PORT", 9000, 1, 65_535),
    timeoutSeconds: reader.number("KNFLOW_TIMEOUT_SECONDS", 60, 0.001, 3600),
    loadTimeoutSeconds: reader.number("KNFLOW_LOAD_TIMEOUT_SECONDS", 60, 0.1, 3600),
    largestBody: reader.number("KNFLOW_MAX_BODY_BYTES", 16 * 1024 * 1024, 1, 1024 ** 3),
    workDir: env.KNFLOW_WORK_DIR || "/tmp/knflow",
    logLevel: reader.choice("KNFLOW_LOG_LEVEL", levels, "info"),
    logPayloadBytes: reader.number("KNFLOW_LOG_PAYLOAD_BYTES", 1024, 0, 8192),
    telemetry: readTelemetry(env, reader.problems),
  };
  reader.number("KNFLOW_MAX_THREADS", 32, 1, 1000); // of no use here, but a wrong value is one for every runtime
  if (!/^(dependencies\/node-[0-9a-f]{64}\.zip)?$/.test(settings.dependencies)) {
    const allowed = "empty or dependencies/node-<sha256>.zip";
    reader.problems.push(`KNFLOW_DEPENDENCIES is '${settings.dependencies}', which is not ${allowed}`);
  }
  const named = /([0-9a-f]{64})\.zip$/.exec(settings.object)?.[1];
  if (named !== undefined && /^[0-9a-f]{64}$/.test(settings.sha256) && named !== settings.sha256) {
    reader.problems.push(`FAASIT_CODE_DIR names sha256 ${named}, but KNFLOW_CODE_SHA256 is ${settings.sha256}`);
  }
  if (reader.problems.length > 0) throw new LoadError("SettingsError", reader.problems.join("; "));
  return settings;
}

/** Reads single variables and gathers what is wrong with them. */
class Reader {
  readonly problems: string[] = [];
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  text(name: string, pattern: RegExp, allowed: string, usual = ""): string {
    const value = this.#env[name] || usual;
    if (value === "") this.problems.push(`${name} is missing: it must be ${allowed}`);
    else if (!pattern.test(value)) this.problems.push(`${name} is '${value}', which is not ${allowed}`);
    return value;
  }

  /** An address with a place for a name, where there is one. */
  address(name: string): string {
    const value = this.#env[name] ?? "";
    if (!addressTemplate.test(value)) {
      const allowed = "empty or http://<host>[:port][/<path>] with {name} in it once";
      this.problems.push(`${name} is '${value}', which is not ${allowed}`);
    }
    return value;
  }

  number(name: string, usual: number, least: number, most: number): number {
    const value = this.#env[name] || String(usual);
    if (Number(value) >= least && Number(value) <= most) return Number(value);
    this.problems.push(`${name} is '${value}', which is not a number from ${least} to ${most}`);
    return least;
  }

  choice<T extends string>(name: string, allowed: readonly T[], usual: T): T {
    const value = this.#env[name] || usual;
    const found = allowed.find((one) => one === value);
    if (found === undefined) {
      this.problems.push(`${name} is '${value}', which is not one of ${allowed.join(", ")}`);
    }
    return found ?? usual;
  }
}
