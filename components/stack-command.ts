/**
 * The line by which a command resource runs one of `commands/`, in the project's folder, with what was compiled of it before.
 *
 * @example stackCommand("verify-ready")
 */
export function stackCommand(name: string): string {
  return `node --import ./scripts/compile-cache.mjs commands/${name}.ts`;
}
