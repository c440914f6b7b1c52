import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { sha256 } from "../../../archive/zip.ts";
import { shared } from "./setup.ts";

const script = join(import.meta.dirname, "../../../runtimes/file-server/receive.sh");

/** A shell, and the tools with it. */
export interface Shell {
  readonly command: readonly string[];
  readonly path: string;
}

/** The shells that the script has to do with: Debian's and Alpine's. */
export const shells: Readonly<Record<string, () => Promise<Shell>>> = {
  "dash and GNU": () => Promise.resolve({ command: ["dash"], path: "/usr/bin:/bin" }),
  busybox: async () => {
    const folder = join(shared().folder, "busybox");
    await mkdir(folder, { recursive: true });
    const { stdout } = await execa("busybox", ["--list"]);
    const made = stdout.split("\n").map((applet) => symlink("/usr/bin/busybox", join(folder, applet)));
    await Promise.allSettled(made);
    // Alpine's busybox has it, Debian's is built without.
    await symlink("/usr/bin/flock", join(folder, "flock")).catch(() => undefined);
    return { command: [join(folder, "sh")], path: folder };
  },
};

/** How a call of the script ended. */
interface Failed {
  readonly stdout?: unknown;
  readonly stderr?: unknown;
  readonly exitCode?: number | undefined;
}

/** One line on standard error, nothing on standard output, exit 1. */
export function assertFailed(result: Failed, reason: RegExp, code = 1): void {
  assert.match(String(result.stderr), reason);
  assert.match(String(result.stderr), /^knflow-receive: [^\n]+$/);
  assert.equal(result.stdout, "");
  assert.equal(result.exitCode, code);
}

/** For the tests of a `describe`: the script on an empty volume of its own for each, and an object to push. */
export function receiveBench(provide: () => Promise<Shell>) {
  const content = Buffer.concat([randomBytes(300_000), Buffer.from("\0\n\r\n")]);
  const digest = sha256(content);
  const object = `orders/pack-${digest}.zip`;
  let shell: Shell;
  let volume: string;
  before(async () => {
    shell = await provide();
  });
  beforeEach(async () => {
    volume = await mkdtemp(join(shared().folder, "volume-"));
  });
  const calling = (args: string[]): [string, string[]] => {
    const [program = "", ...first] = shell.command;
    return [program, [...first, script, ...args]];
  };
  const optionsOf = (uploads: string, env: Readonly<Record<string, string>> = {}) =>
    ({ env: { PATH: shell.path, KNFLOW_UPLOADS: uploads, ...env }, extendEnv: false, reject: false }) as const;
  return {
    content,
    digest,
    object,
    get shell() {
      return shell;
    },
    get volume() {
      return volume;
    },
    run: (args: string[], input: Buffer | undefined = content, uploads = volume, env?: Record<string, string>) => {
      const given = input === undefined ? ({ stdin: "ignore" } as const) : { input };
      return execa(...calling(args), { ...optionsOf(uploads, env), ...given });
    },
    /** Begins to push the object, in a process group of its own; its bytes are still to be written. */
    begin: () =>
      execa(...calling([object, digest, String(content.length)]), {
        ...optionsOf(volume),
        stdin: "pipe",
        detached: true,
      }),
    /** Files that uploads under way have, or killed ones left. */
    leftOvers: async (uploads = volume): Promise<string[]> =>
      existsSync(join(uploads, ".incoming")) ? readdir(join(uploads, ".incoming")) : [],
  };
}
