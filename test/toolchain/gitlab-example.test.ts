import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { FakeTools } from "./support/fake-tools.ts";
import { projectRoot } from "./support/program.ts";

interface Job {
  readonly before_script?: readonly string[];
  readonly script?: readonly string[];
  readonly extends?: string;
  readonly resource_group?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

describe("the example for GitLab's CI", () => {
  let folder: string;
  let tools: FakeTools;
  let jobs: Record<string, Job>;

  before(async () => {
    jobs = parse(await readFile(join(projectRoot, "docs", "ci", "gitlab-ci.yml"), "utf8")) as Record<string, Job>;
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "knflow-test-gitlab-"));
    tools = new FakeTools(join(folder, "bin"));
    await tools.add("npx", 'echo "<!-- knflow plan: dev -->"; echo plan');
    await tools.add("pulumi");
    await tools.add("npm");
    await tools.add("docker", `if [ "$1" = login ]; then cat > "${join(folder, "password")}"; fi`);
    await tools.add("git", '[ "$*" != "diff --cached --quiet" ]');
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** A job with what it extends. */
  function jobOf(name: string): Job {
    const job = jobs[name] ?? {};
    const base = job.extends === undefined ? {} : jobOf(job.extends);
    return { ...base, ...job, variables: { ...base.variables, ...job.variables } };
  }

  /** Runs a job's script in a folder that has the project's scripts, and a release. */
  async function runJob(name: string, variables: Record<string, string> = {}): Promise<string[]> {
    await execa("ln", ["-sfn", join(projectRoot, ".ci"), join(folder, ".ci")]);
    await mkdir(join(folder, "releases"), { recursive: true });
    for (const stack of ["staging", "prod"]) await writeFile(join(folder, "releases", `${stack}.yaml`), "");
    const { before_script: before = [], script = [], variables: own } = jobOf(name);
    await execa("bash", ["-eo", "pipefail", "-c", [...before, ...script].join("\n")], {
      cwd: folder,
      env: {
        PATH: tools.path,
        KNFLOW_STACK: "dev",
        CI_API_V4_URL: "https://gitlab.example.com/api/v4",
        CI_PROJECT_ID: "1",
        CI_PROJECT_PATH: "me/flows",
        CI_SERVER_HOST: "gitlab.example.com",
        CI_MERGE_REQUEST_IID: "7",
        CI_DEFAULT_BRANCH: "main",
        GITLAB_TOKEN: "canary-token",
        ...own,
        ...variables,
      },
    });
    return tools.calls();
  }

  const notes = "https://gitlab.example.com/api/v4/projects/1/merge_requests/7/notes";

  /** A GitLab with these comments. */
  async function curl(comments: unknown): Promise<void> {
    await writeFile(join(folder, "notes.json"), JSON.stringify(comments));
    await tools.add(
      "curl",
      `grep -qx 'header = "PRIVATE-TOKEN: canary-token"'
case "$*" in */user) echo '{"id": 5}';; *sort=desc) cat "${join(folder, "notes.json")}";; esac`,
    );
  }

  it("comments on the merge request, and renews its own comment", async () => {
    const foreign = { id: 1, author: { id: 4 }, body: "<!-- knflow plan: dev -->\nquoted" };
    await curl([foreign]);
    const first = await runJob("plan");
    assert.equal(first[0], "npx knflow plan --stack dev --markdown");
    assert.match(first.at(-1) ?? "", new RegExp(`--request POST ${notes} --data-urlencode body@plan.md$`));
    await curl([foreign, { id: 2, author: { id: 5 }, body: "<!-- knflow plan: dev -->\nold" }]);
    const second = await runJob("plan");
    assert.match(second.at(-1) ?? "", new RegExp(`--request PUT ${notes}/2 --data-urlencode body@plan.md$`));
    for (const call of [...first, ...second]) assert.doesNotMatch(call, /canary/);
  });

  it("deploys by a builder of its own, and logs in to a registry that asks who pushes", async () => {
    const builder = ["docker context create ci", "docker buildx create --use ci"];
    const up = "pulumi up --yes --skip-preview --non-interactive --stack dev";
    assert.deepEqual(await runJob("deploy"), [...builder, up]);
    const registry = { REGISTRY: "registry.example.com", REGISTRY_USER: "ci", REGISTRY_PASSWORD: "canary-password" };
    const login = "docker login registry.example.com --username ci --password-stdin";
    assert.deepEqual(await runJob("deploy", registry), [...builder, login, up]);
    assert.equal(await readFile(join(folder, "password"), "utf8"), "canary-password\n");
  });

  it("promotes one stack after the other and rolls back, each once at a time, and commits the release", async () => {
    for (const [job, stack, command] of [
      ["promote to staging", "staging", "promote dev staging"],
      ["promote to prod", "prod", "promote staging prod"],
      ["roll staging back", "staging", "rollback staging"],
      ["roll prod back", "prod", "rollback prod"],
    ] as const) {
      const calls = await runJob(job);
      // What the release before has committed is after the pipeline's commit.
      assert.deepEqual(calls.slice(0, 3), [
        "npm ci",
        "git fetch --quiet origin main",
        "git checkout --quiet FETCH_HEAD",
      ]);
      const end = calls.slice(calls.indexOf(`npx knflow ${command} --yes`));
      assert.equal(end[1], `git add releases/${stack}.yaml`);
      assert.equal(end.at(-1), "git push --quiet origin HEAD:main");
      for (const call of calls) assert.doesNotMatch(call, /canary/);
      assert.equal(jobOf(job).resource_group, `stack-${stack}`);
    }
    assert.equal(jobOf("deploy").resource_group, "stack-$KNFLOW_STACK");
  });
});
