/**
 * Writes what a command found to standard output: one JSON document, or text for people.
 *
 * @param json whether `--json` was given
 */
export function print<T>(json: boolean | undefined, found: T, describe: (found: T) => string): void {
  process.stdout.write(json === true ? `${JSON.stringify(found, undefined, 2)}\n` : describe(found));
}
