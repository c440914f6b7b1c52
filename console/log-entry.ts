/**
 * What a runtime wrote as one line of its log.
 *
 * @returns undefined for a line that is no JSON object, such as what something else wrote to its output
 */
export function logEntry(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = JSON.parse(line) as unknown;
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
