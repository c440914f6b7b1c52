import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { pulumiEnvironment } from "../../cli/environment.ts";
import type { Report } from "../../cli/gc/describe.ts";
import { clientTools, ensureTools } from "../../cluster/toolchain/index.ts";
import type { Instance } from "../../cluster/embedded/instance.ts";
import type { Progress } from "../../console/progress.ts";
import { copyProject } from "../project-copy.ts";
import { killTree } from "./process-tree.ts";
import { waitFor } from "../runtime/support/wait.ts";

/** A finished command. */
export interface Finished {
  readonly exitCode: number;
  /** Standard output and standard error, in the order they came. */
  readonly text: string;
}

/** The last lines of a command's output that a failed test shows: an update's diagnostics stand at its end. */
const shownLines = 60;

/** Fails where a command failed, with the end of what it said. */
export function assertDone(finished: Finished | undefined): void {
  assert.equal(finished?.exitCode, 0, finished?.text.split("\n").slice(-shownLines).join("\n"));
}

/**
 * A copy of the project in a folder of its own, with a stack on a test's cluster, so that tests may edit functions.
 */
export class Project {
  readonly folder: string;
  readonly stack: string;
  readonly env: Record<string, string>;

  readonly instance: Instance;

  private constructor(folder: string, stack: string, instance: Instance, env: Record<string, string>) {
    this.folder = folder;
    this.stack = stack;
    this.instance = instance;
    this.env = env;
  }

  /** @param config the stack's settings, besides the cluster */
  static async create(
    stack: string,
    instance: Instance,
    config: Record<string, unknown>,
    progress: Progress,
  ): Promise<Project> {
    const toolchain = await ensureTools(clientTools, progress);
    const folder = await mkdtemp(join(tmpdir(), "knflow-e2e-"));
    await copyProject(folder);
    await mkdir(join(folder, "tmp", "state"), { recursive: true });
    const env = pulumiEnvironment(toolchain, instance);
    const bare = new Project(folder, "", instance, {
      ...env,
      PULUMI_BACKEND_URL: `file://${join(folder, "tmp", "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
    });
    return bare.addStack(stack, { "knflow:embedded": instance.name, ...config });
  }

  /** The same copy with another stack, by the settings given. */
  async addStack(stack: string, config: Record<string, unknown>): Promise<Project> {
    await writeFile(join(this.folder, `Pulumi.${stack}.yaml`), stringify({ config }));
    const project = new Project(this.folder, stack, this.instance, this.env);
    const created = await project.pulumi("stack", "init", stack);
    assertDone(created);
    return project;
  }

  /** Runs pulumi in the project; a failure is a result. */
  async pulumi(...args: string[]): Promise<Finished> {
    return this.#finished("pulumi", ...args, "--non-interactive", "--color", "never");
  }

  async up(...args: string[]): Promise<Finished> {
    return this.pulumi("up", "--yes", "--skip-preview", "--stack", this.stack, ...args);
  }

  /** Runs `knflow start`, which is what `npm start` hands over to. */
  async start(): Promise<Finished> {
    return this.knflow("start");
  }

  /** Runs a knflow command; a failure is a result. */
  async knflow(...args: string[]): Promise<Finished> {
    return this.#finished(process.execPath, "cli/knflow.js", ...args);
  }

  /**
   * Starts an update and kills it, with all it started, once `kubectl get` of an object finds it, or prints something where it
   * is asked for a part; then frees the stack.
   */
  async killedUp(...object: string[]): Promise<void> {
    const args = ["up", "--yes", "--skip-preview", "--stack", this.stack, "--non-interactive"];
    const update = execa("pulumi", args, { cwd: this.folder, env: this.env, reject: false, all: true });
    const there = ["-n", `knflow-${this.stack}`, "get", ...object];
    await waitFor(
      `${object.join(" ")} to be made`,
      async () => (await this.kubectl(...there).catch(() => "")) || undefined,
      120,
    );
    assert.ok(update.pid !== undefined && update.exitCode === null, "the update ended before it was killed");
    await killTree(update.pid);
    assert.equal((await update).signal, "SIGKILL");
    const freed = await this.pulumi("cancel", "--yes", "--stack", this.stack);
    assertDone(freed);
  }

  /** Forgets all that Pulumi knows of the stack, and leaves what is on the cluster. */
  async forget(): Promise<void> {
    const removed = await this.pulumi("stack", "rm", this.stack, "--yes", "--force", "--preserve-config");
    assertDone(removed);
    const created = await this.pulumi("stack", "init", this.stack);
    assertDone(created);
  }

  /** Runs `knflow invoke` as a user does. */
  async invoke(target: string, input: unknown): Promise<{ exitCode: number; stdout: string; stderr: string }> {
    const args = ["cli/knflow.js", "invoke", target, "--stack", this.stack, "--data", "@-"];
    const result = await execa(process.execPath, args, {
      cwd: this.folder,
      env: this.env,
      input: JSON.stringify(input),
      reject: false,
      maxBuffer: 64 * 1024 * 1024,
    });
    return { exitCode: result.exitCode ?? 1, stdout: result.stdout, stderr: result.stderr };
  }

  /** Runs `knflow gc` as a user does, without a grace period. */
  async gc(...args: string[]): Promise<Report> {
    const all = ["cli/knflow.js", "gc", "--stack", this.stack, "--grace", "0s", "--json", ...args];
    const { stdout, stderr } = await execa(process.execPath, all, { cwd: this.folder, env: this.env });
    assert.equal(stderr, "");
    return JSON.parse(stdout) as Report;
  }

  async outputs(): Promise<StackOutputs> {
    const { stdout } = await execa("pulumi", ["stack", "output", "--json", "--stack", this.stack], {
      cwd: this.folder,
      env: this.env,
    });
    return JSON.parse(stdout) as StackOutputs;
  }

  /** Runs kubectl against the test's cluster. */
  async kubectl(...args: string[]): Promise<string> {
    return (await execa("kubectl", args, { env: this.env })).stdout;
  }

  /** Runs a line of shell in the file server's pod. */
  async onVolume(line: string): Promise<string> {
    const exec = ["-n", `knflow-${this.stack}`, "exec", "deploy/nginx-file-server", "--"];
    return this.kubectl(...exec, "sh", "-c", line);
  }

  /** The Revisions of a Knative Service, the oldest first. */
  async revisions(service: string): Promise<{ name: string; digest: string; routingState: string }[]> {
    const get = ["-n", `knflow-${this.stack}`, "get", "revisions.serving.knative.dev"];
    const of = ["-l", `serving.knative.dev/service=${service}`, "--sort-by=.metadata.name", "-o", "json"];
    const { items } = JSON.parse(await this.kubectl(...get, ...of)) as {
      items: { metadata: { name: string; labels: Record<string, string>; annotations: Record<string, string> } }[];
    };
    return items.map(({ metadata: { name, labels, annotations } }) => ({
      name,
      digest: annotations["knflow.dev/code-sha256"] ?? "",
      routingState: labels["serving.knative.dev/routingState"] ?? "",
    }));
  }

  /** Says which Revisions of a Knative Service get its requests. */
  async route(service: string, traffic: readonly object[]): Promise<void> {
    const patch = ["--type=merge", "-p", JSON.stringify({ spec: { traffic } })];
    await this.kubectl(...["-n", `knflow-${this.stack}`, "patch", "services.serving.knative.dev", service, ...patch]);
  }

  /** The latest Revision of a Knative Service, then each that gets requests, with its percentage. */
  async traffic(service: string): Promise<string[]> {
    const template = "{.status.latestCreatedRevisionName}{range .status.traffic[*]},{.revisionName} {.percent}{end}";
    const get = ["-n", `knflow-${this.stack}`, "get", "services.serving.knative.dev", service, "-o"];
    return (await this.kubectl(...get, `jsonpath=${template}`)).split(",");
  }

  /** Replaces text in one of the project's files; the text has to be there. */
  async edit(file: string, before: string, after: string): Promise<void> {
    const path = join(this.folder, file);
    const text = await readFile(path, "utf8");
    assert.ok(text.includes(before), `${file} has no ${JSON.stringify(before)}`);
    await writeFile(path, text.replace(before, after));
  }

  async #finished(program: string, ...args: string[]): Promise<Finished> {
    const options = { cwd: this.folder, env: this.env, all: true, stdin: "ignore", reject: false } as const;
    const { exitCode, all } = await execa(program, args, options);
    return { exitCode: exitCode ?? 1, text: all };
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

interface ServiceOutputs {
  readonly url: string;
  readonly host: string;
  readonly digest: string;
}

/** The stack's outputs, as the documentation states them. */
export interface StackOutputs {
  readonly gatewayUrl: string;
  readonly namespace: string;
  readonly workflows: Record<
    string,
    ServiceOutputs & { readonly functions: Record<string, ServiceOutputs & { revision: string; image: string }> }
  >;
}
