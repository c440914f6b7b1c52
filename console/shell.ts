/** A text as one word of a POSIX shell, whatever it holds. */
export function shellQuote(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * Lines for `eval` in a POSIX shell.
 *
 * @param variables set as they are
 * @param folders put before what the shell has on PATH
 */
export function exportLines(variables: Readonly<Record<string, string>>, folders: readonly string[]): string {
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${shellQuote(value)}`);
  return [`export PATH=${shellQuote(folders.join(":"))}"\${PATH:+:$PATH}"`, ...lines]
    .map((line) => `${line}\n`)
    .join("");
}
