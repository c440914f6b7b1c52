import { parse } from "smol-toml";
import { UserError } from "../console/errors.ts";

/** Whether a file is a lock file by the standard of pyproject's tools: `pylock.toml`, `pylock.<name>.toml`. */
export function isPylock(file: string): boolean {
  return /(^|\/)pylock(\.[^./]+)?\.toml$/.test(file);
}

interface File {
  readonly hashes?: Readonly<Record<string, string>>;
}

interface Package extends Readonly<Record<string, unknown>> {
  readonly name?: string;
  readonly version?: string;
  readonly marker?: string;
  readonly wheels?: readonly File[];
  readonly sdist?: File;
}

/**
 * What a pylock.toml locks, as requirements with hashes: pip reads the file itself for its own platform only. The addresses
 * in it are left out, so that packages come from the index that the user's settings name.
 * https://packaging.python.org/en/latest/specifications/pylock-toml/
 *
 * @throws UserError where the file is none, or locks something that no index has
 */
export function requirementsOf(text: string, file: string): string {
  const { "lock-version": version, packages, "default-groups": groups = [] } = parsed(text, file);
  if (typeof version !== "string" || !/^1\.\d+$/.test(version)) {
    throw new UserError(`${file} has lock-version ${JSON.stringify(version)}; knflow reads 1.x`);
  }
  if (!Array.isArray(packages)) throw new UserError(`${file} has no packages`);
  return packages.map((one) => requirement(one as Package, file, groups as string[])).join("\n");
}

function parsed(text: string, file: string): Readonly<Record<string, unknown>> {
  try {
    return parse(text);
  } catch (error) {
    throw new UserError(`${file} is no TOML: ${(error as Error).message}`);
  }
}

/**
 * A marker without what requirements do not know: extras, of which none is asked for, and dependency groups, of which the
 * file's own default ones are.
 */
function withoutGroups(marker: string, groups: readonly string[]): string {
  return marker.replace(
    /(["'])(?<name>[^"']*)\1\s+(?<not>not\s+)?in\s+(?<set>extras|dependency_groups)\b/g,
    (...match: unknown[]) => {
      const { name, not, set } = match.at(-1) as Readonly<Record<"name" | "not" | "set", string | undefined>>;
      const within = set === "dependency_groups" && name !== undefined && groups.includes(name);
      return within === (not === undefined) ? always : never;
    },
  );
}

/** Markers that hold on every Python, and on none. */
const [always, never] = ['python_version >= "3"', 'python_version < "3"'];

function requirement(one: Package, file: string, groups: readonly string[]): string {
  const { name, version, marker, wheels = [], sdist } = one;
  const other = ["vcs", "directory", "archive"].find((key) => key in one);
  if (name === undefined || version === undefined || other !== undefined) {
    const what =
      other === undefined ? "has no version" : `comes from ${other === "vcs" ? "a repository" : `a ${other}`}`;
    throw new UserError(`${file}: ${name ?? "a package"} ${what}; knflow installs releases from an index alone`);
  }
  const hashes = [...wheels, ...(sdist ? [sdist] : [])].flatMap(({ hashes: own }) => own?.sha256 ?? []);
  if (hashes.length === 0)
    throw new UserError(`${file}: ${name} has no sha256; lock it again with a tool that writes them`);
  const condition = marker === undefined ? "" : ` ; ${withoutGroups(marker, groups)}`;
  return `${name}==${version}${condition}${hashes.map((hash) => ` --hash=sha256:${hash}`).join("")}`;
}
