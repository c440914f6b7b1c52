import { readTelemetry, type TelemetrySettings } from "../telemetry/settings.ts";
import { LoadError } from "./load-error.ts";
import { levels } from "./log.ts";

/** Everything that the environment says; names and rules are those of the other runtimes. */
export interface Settings {
  /** The file server, ending in a slash. */
  readonly origin: string;
  readonly object: string;
  readonly sha256: string;
  /** The functions' addresses by name. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly host: string;
  readonly port: number;
  /** Seconds that a run may take. */
  readonly timeoutSeconds: number;
  /** Seconds that the start may take. */
  readonly loadTimeoutSeconds: number;
  readonly largestBody: number;
  /** The workflow's name. */
  readonly name: string;
  /** The Knative Revision that this is; null outside of Knative. */
  readonly revision: string | null;
  /** The database that runs are written down in. */
  readonly storeUrl: string | undefined;
  /** Seconds after which a run whose executor says nothing is taken up by another. */
  readonly runLeaseSeconds: number;
  /** Whether browsers are shown the workflow's page. */
  readonly hasPage: boolean;
  /** Traces and metrics; undefined where there are none. */
  readonly telemetry: TelemetrySettings | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws LoadError that lists everything that is wrong */
export function readSettings(env: Environment): Settings {
  const problems: string[] = [];
  const match = (name: string, pattern: RegExp, allowed: string): string => {
    const value = env[name] ?? "";
    if (value === "") problems.push(`${name} is missing: it must be ${allowed}`);
    else if (!pattern.test(value)) problems.push(`${name} is '${value}', which is not ${allowed}`);
    return value;
  };
  const number = (name: string, usual: number, least: number, most: number): number => {
    const value = env[name] || String(usual);
    if (!(Number(value) >= least && Number(value) <= most)) {
      problems.push(`${name} is '${value}', which is not a number from ${least} to ${most}`);
    }
    return Number(value);
  };
  const page = env.KNFLOW_WORKFLOW_PAGE || "true";
  if (page !== "true" && page !== "false") {
    problems.push(`KNFLOW_WORKFLOW_PAGE is '${page}', which is not true or false`);
  }
  const settings: Settings = {
    origin: match(
      "KNFLOW_CODE_ORIGIN",
      /^http:\/\/[A-Za-z0-9.-]{1,253}(:\d{1,5})?\/([A-Za-z0-9._~-]+\/)*$/,
      "http://<host>[:port]/<path>/ with a slash at its end",
    ),
    object: match(
      "FAASIT_CODE_DIR",
      /^[a-z0-9-]{1,63}\/[a-z0-9-]{1,63}-[0-9a-f]{64}\.zip$/,
      "<workflow>/<name>-<sha256>.zip",
    ),
    sha256: match("KNFLOW_CODE_SHA256", /^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits"),
    addresses: readAddresses(env.KNFLOW_FUNCTIONS, problems),
    host: env.KNFLOW_HOST || "0.0.0.0",
    port: number("PORT", 9000, 1, 65_535),
    timeoutSeconds: number("KNFLOW_TIMEOUT_SECONDS", 600, 0.001, 3600),
    loadTimeoutSeconds: number("KNFLOW_LOAD_TIMEOUT_SECONDS", 60, 0.1, 3600),
    largestBody: number("KNFLOW_MAX_BODY_BYTES", 16 * 1024 * 1024, 1, 1024 ** 3),
    name: env.FAASIT_WORKFLOW_NAME || "workflow",
    revision: env.K_REVISION || null,
    storeUrl: readStoreUrl(env.KNFLOW_STORE_URL, problems),
    runLeaseSeconds: number("KNFLOW_RUN_LEASE_SECONDS", 15, 0.5, 600),
    hasPage: page === "true",
    telemetry: readTelemetry(env, problems),
  };
  const level = env.KNFLOW_LOG_LEVEL || "info";
  if (!levels.some((one) => one === level)) {
    problems.push(`KNFLOW_LOG_LEVEL is '${level}', which is not one of ${levels.join(", ")}`);
  }
  const named = /([0-9a-f]{64})\.zip$/.exec(settings.object)?.[1];
  if (named !== undefined && /^[0-9a-f]{64}$/.test(settings.sha256) && named !== settings.sha256) {
    problems.push(`FAASIT_CODE_DIR names sha256 ${named}, but KNFLOW_CODE_SHA256 is ${settings.sha256}`);
  }
  if (problems.length > 0) throw new LoadError("SettingsError", problems.join("; "));
  return settings;
}

function readAddresses(text: string | undefined, problems: string[]): Record<string, string> {
  try {
    const value: unknown = JSON.parse(text ?? "");
    if (typeof value === "object" && value !== null && Object.values(value).every((one) => URL.canParse(String(one)))) {
      return value as Record<string, string>;
    }
  } catch {
    // Said below.
  }
  problems.push("KNFLOW_FUNCTIONS must be a JSON object of the functions' addresses by name");
  return {};
}

/** The value is not told: it holds a password. */
function readStoreUrl(text: string | undefined, problems: string[]): string | undefined {
  if (!text) return undefined;
  if (URL.canParse(text) && ["postgres:", "postgresql:", "file:"].includes(new URL(text).protocol)) return text;
  problems.push("KNFLOW_STORE_URL must be postgres://<user>:<password>@<host>[:port]/<database> or file:///<path>");
  return undefined;
}
