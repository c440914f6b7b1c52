import { accessSync, constants, existsSync, mkdirSync, statfsSync } from "node:fs";
import { freemem, platform, arch } from "node:os";
import { readFileSync } from "node:fs";
import { UserError } from "../../console/errors.ts";
import { instancesDir, type Layout } from "./layout.ts";

/** What remains where the embedded cluster cannot run. */
const otherWays =
  "Other ways: use any cluster by its kubeconfig (set knflow:kubeconfig and knflow:context), or run the embedded " +
  "cluster in a Linux machine of its own, such as a VM.";

const gibibyte = 1024 ** 3;
const neededDisk = 8 * gibibyte;
const neededMemory = 3 * gibibyte;

/** @throws UserError where the name cannot be that of an instance */
export function checkName(name: string): void {
  if (/^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/.test(name)) return;
  throw new UserError(
    `"${name}" cannot be an instance's name: lower-case letters, digits and hyphens, a letter first, no hyphen last, at most 30`,
  );
}

/** The machine and the user, as far as they decide whether it can run at all. */
export interface Host {
  readonly platform: string;
  readonly arch: string;
  readonly uid: number | undefined;
}

function thisHost(): Host {
  return { platform: platform(), arch: arch(), uid: process.getuid?.() };
}

/** @throws UserError where this machine or this user cannot run the embedded cluster */
export function checkPlatform(host: Host = thisHost()): void {
  if (host.platform !== "linux")
    throw new UserError(`The embedded cluster needs Linux; this is ${host.platform}. ${otherWays}`);
  if (host.arch !== "x64" && host.arch !== "arm64")
    throw new UserError(`The embedded cluster needs x86-64 or arm64; this is ${host.arch}. ${otherWays}`);
  if (host.uid !== 0)
    throw new UserError(`The embedded cluster needs root: run the same command with sudo. ${otherWays}`);
}

/** What an instance takes, as far as this machine has it now. */
export interface Resources {
  /** Free bytes on the disk of the instances' folder. */
  readonly disk: number;
  /** Available bytes of memory. */
  readonly memory: number;
  /** What the kernel lacks. */
  readonly missing: readonly string[];
}

function resourcesNow(): Resources {
  mkdirSync(instancesDir(), { recursive: true });
  const { bavail, bsize } = statfsSync(instancesDir());
  return { disk: bavail * bsize, memory: availableMemory(), missing: missingKernelFeatures() };
}

/** @throws UserError where an instance that does not run yet would not fit, or the kernel lacks what it needs */
export function checkResources(layout: Layout, resources: Resources = resourcesNow()): void {
  // A Unix socket's path has at most 107 bytes.
  if (Buffer.byteLength(layout.buildkitSocket) > 107) {
    throw new UserError(
      `the state folder's path is too long for a socket in it (${layout.buildkitSocket}); set XDG_STATE_HOME to a ` +
        `shorter path or choose a shorter instance name`,
    );
  }
  const { disk, memory, missing } = resources;
  if (disk < neededDisk) {
    throw new UserError(
      `${inGibibytes(disk)} are free on the disk of ${instancesDir()}; the embedded cluster needs ${inGibibytes(neededDisk)}. ` +
        "Make room, or set XDG_STATE_HOME to a folder on a larger disk",
    );
  }
  if (memory < neededMemory) {
    throw new UserError(
      `${inGibibytes(memory)} of memory are available; the embedded cluster needs ${inGibibytes(neededMemory)}. ` +
        "End other programs, or `knflow cluster down` of an instance that is not needed",
    );
  }
  if (missing.length > 0)
    throw new UserError(`This kernel or sandbox lacks what containers need: ${missing.join(", ")}. ${otherWays}`);
}

function availableMemory(): number {
  const kilobytes = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
  return kilobytes === undefined ? freemem() : Number(kilobytes) * 1024;
}

function missingKernelFeatures(): string[] {
  const missing: string[] = [];
  for (const kind of ["mnt", "pid", "net", "uts", "ipc"])
    if (!existsSync(`/proc/self/ns/${kind}`)) missing.push(`${kind} namespaces`);
  if (!existsSync("/sys/fs/cgroup/cgroup.controllers") && !existsSync("/sys/fs/cgroup/memory"))
    missing.push("cgroups (version 1 or 2, mounted at /sys/fs/cgroup)");
  try {
    accessSync("/sys/fs/cgroup", constants.W_OK);
  } catch {
    missing.push("a writable /sys/fs/cgroup");
  }
  // Where it is a module, the first mount loads it.
  const filesystems = readFileSync("/proc/filesystems", "utf8");
  if (!/\boverlay$/m.test(filesystems) && !existsSync("/lib/modules")) missing.push("overlayfs");
  return missing;
}

function inGibibytes(bytes: number): string {
  return `${(bytes / gibibyte).toFixed(1)} GiB`;
}
