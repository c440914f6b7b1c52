import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { providePip, runPip } from "./pip.ts";
import { makeScriptsPortable } from "./portable-scripts.ts";
import { isPylock, requirementsOf } from "./pylock.ts";
import { checkRequirements } from "./requirements-check.ts";
import type { DependencyTarget, InstallSettings } from "./spec.ts";

/** The newest glibc whose wheels are taken: Debian 12's, which is that of the images' bases. */
const newestGlibcMinor = 36;
const pipForTarget = join(import.meta.dirname, "pip_for_target.py");
const machines = { amd64: "x86_64", arm64: "aarch64" } as const;

/**
 * Installs packages for the runtime's Python and processor, whatever machine this is: wheels alone, since only they are made
 * for another machine.
 *
 * @param folder an empty folder
 * @throws UserError with pip's own reason
 */
export async function installPython(
  lock: string,
  target: DependencyTarget,
  folder: string,
  settings: InstallSettings,
): Promise<void> {
  const { withPip } = await providePip();
  const requirements = isPylock(lock) ? await writeRequirements(lock, `${folder}.requirements.txt`) : resolve(lock);
  const { pythonVersion } = target;
  const abi = `cp${pythonVersion.replace(".", "")}`;
  const args = [
    ...[pipForTarget, "install", "--no-compile", "--only-binary", ":all:", "--target", folder],
    ...["--implementation", "cp", "--python-version", pythonVersion, "--abi", abi, "--abi", "abi3", "--abi", "none"],
    ...platforms(target).flatMap((platform) => ["--platform", platform]),
    ...(settings.pipIndexUrl === undefined ? [] : ["--index-url", settings.pipIndexUrl]),
    ...["-r", requirements],
  ];
  const failure =
    `the packages of ${lock} cannot be installed for Python ${pythonVersion} on ${target.architecture} ` +
    `(knflow takes wheels alone; for a package without one, build it by "pip wheel" and name its folder in PIP_FIND_LINKS)`;
  const env = {
    KNFLOW_MARKERS: JSON.stringify(markersOf(target)),
    ...(settings.caBundle === undefined ? {} : { PIP_CERT: settings.caBundle }),
  };
  try {
    // Relative paths in a requirements file are as seen from its own folder.
    await runPip(failure, withPip, args, { env, cwd: dirname(resolve(lock)), signal: settings.signal });
    await makeScriptsPortable(folder);
  } finally {
    if (isPylock(lock)) await rm(requirements);
  }
}

async function writeRequirements(lock: string, file: string): Promise<string> {
  const requirements = requirementsOf(await readFile(lock, "utf8"), lock);
  checkRequirements(requirements, lock);
  await writeFile(file, requirements);
  return file;
}

/** What markers are compared with: https://packaging.python.org/specifications/dependency-specifiers/#environment-markers */
function markersOf({ pythonVersion, architecture }: DependencyTarget): Readonly<Record<string, string>> {
  // Which patch release the image has is not known: the first one leaves nothing out that an early one needs.
  const release = `${pythonVersion}.0`;
  return {
    python_version: pythonVersion,
    python_full_version: release,
    implementation_version: release,
    implementation_name: "cpython",
    platform_python_implementation: "CPython",
    os_name: "posix",
    sys_platform: "linux",
    platform_system: "Linux",
    platform_machine: machines[architecture],
  };
}

/** Names of the platforms whose wheels run there: https://packaging.python.org/specifications/platform-compatibility-tags/ */
function platforms({ architecture }: DependencyTarget): string[] {
  const machine = machines[architecture];
  const oldest = architecture === "amd64" ? 5 : 17;
  const names = [];
  for (let minor = newestGlibcMinor; minor >= oldest; minor--) names.push(`manylinux_2_${minor}_${machine}`);
  return [...names, `manylinux2014_${machine}`, `linux_${machine}`];
}
