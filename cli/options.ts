import { InvalidArgumentError, Option } from "commander";
import { parseDataSource, type DataSource } from "./invoke/data.ts";

/** Which stack a command is about. */
export function stackOption(): Option {
  return new Option("-s, --stack <name>", "the Pulumi stack").default("dev");
}

/**
 * Machine-readable output instead of text for people.
 *
 * @param description what it means where that is not all
 */
export function jsonOption(description = "write JSON"): Option {
  return new Option("--json", description);
}

/** The same of commands that call: they take it as all others do. */
export function jsonReplyOption(): Option {
  return jsonOption("write JSON, which a reply is without it, too");
}

/** Whether to go on without a question. */
export function yesOption(): Option {
  return new Option("-y, --yes", "do not show the changes and ask, but make them").default(false);
}

/** The input of a call. */
export function dataOption(): Option {
  return new Option("-d, --data <json|@file|@->", "the input: JSON text, a file, or standard input")
    .argParser(dataSource)
    .default({ json: "{}" }, "{}");
}

/** How long a call may take. */
export function timeoutOption(): Option {
  return new Option("-t, --timeout <seconds>", "how long to wait for the whole reply").argParser(seconds).default(600);
}

function dataSource(value: string): DataSource {
  try {
    return parseDataSource(value);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function seconds(value: string): number {
  const number = Number(value);
  // Longer spans than this do not fit a timer.
  if (number > 0 && number <= 2_000_000) return number;
  throw new InvalidArgumentError("It must be a number of seconds above 0 and at most 2000000");
}
