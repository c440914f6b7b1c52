import { Option } from "commander";

/** Which stack a command is about. */
export function stackOption(): Option {
  return new Option("-s, --stack <name>", "the Pulumi stack").default("dev");
}

/** Machine-readable output instead of text for people. */
export function jsonOption(): Option {
  return new Option("--json", "write JSON");
}
