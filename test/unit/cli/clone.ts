import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../../cli/root.ts";
import { versions } from "../../../cluster/versions.ts";

/** A copy of the command in a folder of its own, with tools on PATH that only do as a test says. */
export class Clone {
  readonly folder = mkdtempSync(join(tmpdir(), "knflow-clone-"));
  readonly root = join(this.folder, "a clone");
  readonly state = join(this.folder, "state");
  readonly #bin = join(this.folder, "bin");
  /** For the processes that run in it; nothing of the user's own cache, state and stacks is touched. */
  readonly environment = {
    PATH: `${this.#bin}:${process.env.PATH}`,
    HOME: this.folder,
    PULUMI_HOME: join(this.folder, "pulumi"),
    XDG_STATE_HOME: this.state,
    XDG_CACHE_HOME: join(this.folder, "cache"),
    NO_COLOR: "1",
  };

  constructor() {
    for (const entry of [
      "archive",
      "cli",
      "cluster",
      "commands",
      "console",
      "dependencies",
      "local",
      "manifests",
      "release",
      "runtimes/workflow/src",
      "scripts",
      "settings",
      "source",
      "package.json",
    ]) {
      cpSync(join(projectRoot, entry), join(this.root, entry), { recursive: true });
    }
    symlinkSync(join(projectRoot, "node_modules"), join(this.root, "node_modules"));
    mkdirSync(this.#bin);
    this.tool("kubectl", `echo '{"clientVersion": {"gitVersion": "v${versions.kubernetes}"}}'`);
    this.tool("pulumi-language-nodejs", "exit 0");
    for (const [plugin, version] of [
      ["kubernetes", versions.pulumiKubernetes],
      ["command", versions.pulumiCommand],
      ["docker-build", versions.pulumiDockerBuild],
    ] as const) {
      this.write(join("..", "pulumi", "plugins", `resource-${plugin}-v${version}`, `pulumi-resource-${plugin}`), "");
    }
  }

  /** Puts a program on PATH: lines of a POSIX shell. */
  tool(name: string, script: string): void {
    writeFileSync(join(this.#bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  /**
   * A pulumi that runs the given lines for `pulumi stack output` and `pulumi up`; the latter may write engine events to
   * the file `$events`.
   *
   * @param more lines for other calls, by their first two words
   */
  pulumi(stackOutput: string, up = "exit 64", more: Readonly<Record<string, string>> = {}): void {
    const cases = [
      `version*) echo v${versions.pulumi};;`,
      `"stack select") ;;`,
      `"stack output") ${stackOutput};;`,
      ...Object.entries(more).map(([words, lines]) => `"${words}") ${lines};;`),
      `up*) while [ "$1" != --event-log ]; do shift; done; events=$2; ${up};;`,
      `*) echo "unexpected: $*" >&2; exit 64;;`,
    ];
    this.tool("pulumi", `case "$1 $2" in\n${cases.join("\n")}\nesac`);
  }

  /** Writes a file below the clone's folder. */
  write(path: string, content: string): void {
    mkdirSync(join(this.root, path, ".."), { recursive: true });
    writeFileSync(join(this.root, path), content);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
