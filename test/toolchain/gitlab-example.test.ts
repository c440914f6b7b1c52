import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { FakeTools } from "./support/fake-tools.ts";
import { projectRoot } from "./support/program.ts";

interface Job {
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
    await tools.add("git", '[ "$*" != "diff --cached --quiet" ]');
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Runs a job's script in an empty folder that has the project's scripts. */
  async function runJob(name: string, variables: Record<string, string> = {}): Promise<string[]> {
    await execa("ln", ["-sfn", join(projectRoot, ".ci"), join(folder, ".ci")]);
    const job = jobs[name];
    const script = job?.script ?? jobs[job?.extends ?? ""]?.script ?? [];
    await execa("bash", ["-eo", "pipefail", "-c", script.join("\n")], {
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
        ...job?.variables,
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

  it("deploys, and promotes one stack after the other, each once at a time", async () => {
    assert.deepEqual(await runJob("deploy"), ["pulumi up --yes --skip-preview --non-interactive --stack dev"]);
    const staging = await runJob("promote to staging", { FROM: "dev" });
    // What the promotion before has committed is after the pipeline's commit.
    const newest = ["git fetch --quiet origin main", "git checkout --quiet FETCH_HEAD"];
    assert.deepEqual(staging.slice(0, 3), [...newest, "npx knflow promote dev staging --yes"]);
    const prod = await runJob("promote to prod");
    assert.deepEqual(prod.slice(0, 3), [...newest, "npx knflow promote staging prod --yes"]);
    assert.ok(prod.includes("git add releases/prod.yaml"));
    assert.equal(prod.at(-1), "git push --quiet origin HEAD:main");
    assert.deepEqual(
      ["deploy", "promote to staging", "promote to prod"].map((name) => jobs[name]?.resource_group),
      ["stack-$KNFLOW_STACK", "stack-staging", "stack-prod"],
    );
  });
});
