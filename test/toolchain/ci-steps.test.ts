import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { versions } from "../../cluster/versions.ts";
import { readWorkflow, runJob, type CiRun } from "./support/ci-job.ts";
import { FakeTools } from "./support/fake-tools.ts";
import { projectRoot } from "./support/program.ts";

const expressions = {
  "vars.KNFLOW_STACK": "dev",
  "vars.PULUMI_BACKEND_URL": "",
  "vars.REGISTRY": "registry.example.com",
  "vars.REGISTRY_USER": "ci",
  "secrets.REGISTRY_PASSWORD": "canary-password",
  "secrets.KUBECONFIG": "kind: Config",
  "secrets.KUBECONFIG_PREVIEW": "kind: Config",
  "secrets.PULUMI_ACCESS_TOKEN": "",
  "secrets.PULUMI_CONFIG_PASSPHRASE": "phrase",
  "github.token": "token",
  "github.event.pull_request.number": "7",
  "inputs.to": "prod",
  "inputs.stack": "prod",
  "inputs.release": "",
  "inputs.to == 'prod' && 'staging' || vars.KNFLOW_STACK": "staging",
};

/** gh's comments of one pull request, kept as a file by what the API is asked. */
const gh = (comments: string) => `
body=$(for arg in "$@"; do case "$arg" in body=@*) cat "\${arg#body=@}";; esac; done)
case "$*" in
  *"PATCH repos/me/flows/issues/comments/"*)
    id=$(grep -o 'comments/[0-9]*' <<< "$*" | cut -d/ -f2)
    jq --arg body "$body" --argjson id "$id" 'map(if .id == $id then .body = $body else . end)' "${comments}" > "${comments}.new"
    mv "${comments}.new" "${comments}";;
  *"POST repos/me/flows/issues/7/comments"*)
    jq --arg body "$body" '. + [{id: (length + 1), user: {type: "Bot"}, body: $body}]' "${comments}" > "${comments}.new"
    mv "${comments}.new" "${comments}";;
  *"repos/me/flows/issues/7/comments?per_page=100"*) jq -c '.[:1], .[1:]' "${comments}";;
  *) exit 64;;
esac`;

describe("the steps of the workflows of GitHub Actions", () => {
  let folder: string;
  let tools: FakeTools;
  let run: CiRun;
  let comments: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "knflow-test-ci-"));
    tools = new FakeTools(join(folder, "bin"));
    comments = join(folder, "comments.json");
    await mkdir(join(folder, "temporary"));
    run = {
      expressions,
      environment: {
        PATH: tools.path,
        XDG_CACHE_HOME: join(folder, "cache"),
        GITHUB_REPOSITORY: "me/flows",
        GITHUB_REF_NAME: "main",
      },
      cwd: projectRoot,
      temporary: join(folder, "temporary"),
    };
    await tools.add("npm");
    await tools.add("docker", `cat > "${join(folder, "password")}"`);
    await tools.add("gh", gh(comments));
    await writeFile(comments, JSON.stringify([{ id: 1, user: { type: "User" }, body: "<!-- knflow plan: dev -->" }]));
    // As npx does for the project's own command.
    await tools.add("npx", `shift; exec "${process.execPath}" "${join(projectRoot, "cli", "knflow.js")}" "$@"`);
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function bodies(): Promise<string[]> {
    return (JSON.parse(await readFile(comments, "utf8")) as { body: string }[]).map(({ body }) => body);
  }

  /** A pulumi that tells outputs of a stack. */
  async function pulumi(outputs: unknown): Promise<void> {
    await tools.add(
      "pulumi",
      `case "$1" in version) echo v${versions.pulumi};; stack) echo '${JSON.stringify(outputs)}';; esac`,
    );
  }

  it("plan: comments on the pull request once, and renews that comment alone", async () => {
    const preview = await readWorkflow("preview");
    await pulumi({});
    // Stack "ci" has no configuration here, so that no embedded cluster is asked for.
    run = { ...run, expressions: { ...expressions, "vars.KNFLOW_STACK": "ci" } };
    await runJob(preview, "plan", run);
    const [foreign, first = "", ...more] = await bodies();
    assert.equal(foreign, "<!-- knflow plan: dev -->");
    assert.match(first, /^<!-- knflow plan: ci -->\n\*\*Stack <code>ci<\/code>: \d+ added\*\*\n/);
    assert.match(first, /\| added \| <code>wordcount\/count<\/code> \|/);
    assert.deepEqual(more, []);

    await pulumi({ workflows: { gone: { digest: "a".repeat(64), functions: {} } } });
    await runJob(preview, "plan", run);
    const [, renewed = "", ...others] = await bodies();
    assert.match(renewed, /: \d+ added, 1 removed\*\*\n/);
    assert.deepEqual(others, []);
  });

  it("plan: comments why there is none in place of an older one, and fails", async () => {
    const preview = await readWorkflow("preview");
    await pulumi({});
    run = { ...run, expressions: { ...expressions, "vars.KNFLOW_STACK": "ci" } };
    await runJob(preview, "plan", run);
    await tools.add("npx", 'echo "error: function.yaml:1 is wrong" >&2; exit 1');
    await assert.rejects(runJob(preview, "plan", run));
    const [, comment = "", ...others] = await bodies();
    assert.match(
      comment,
      /^<!-- knflow plan: ci -->\n.*there is no plan\*\*\n\n~~~~text\nerror: function.yaml:1 is wrong\n~~~~$/,
    );
    assert.deepEqual(others, []);
  });

  it("preview: shows all by the cluster, by a kubeconfig that others cannot read", async () => {
    await pulumi({});
    await runJob(await readWorkflow("preview"), "preview", run);
    assert.deepEqual(await tools.calls(), ["npm ci", "pulumi preview --diff --non-interactive --stack dev"]);
    const { mode } = await stat(join(run.temporary, "kubeconfig"));
    assert.equal(mode & 0o777, 0o600);
  });

  it("deploy: logs in to the registry and deploys the stack to the cluster", async () => {
    await tools.add("pulumi", `cp "$KUBECONFIG" "${join(folder, "used")}"`);
    await runJob(await readWorkflow("deploy"), "deploy", run);
    assert.deepEqual(await tools.calls(), [
      "npm ci",
      "docker login registry.example.com --username ci --password-stdin",
      "pulumi up --yes --skip-preview --non-interactive --stack dev",
    ]);
    assert.equal(await readFile(join(folder, "password"), "utf8"), "canary-password\n");
    assert.equal(await readFile(join(folder, "used"), "utf8"), "kind: Config\n");
  });

  it("deploy: fails where the update fails", async () => {
    await tools.add("pulumi", "exit 255");
    await assert.rejects(runJob(await readWorkflow("deploy"), "deploy", run), /pulumi up/);
  });

  describe("promote", () => {
    const git = (cwd: string, ...args: string[]) =>
      execa("git", ["-c", "user.name=me", "-c", "user.email=me@example.com", ...args], { cwd });
    let clone: string;
    let origin: string;

    beforeEach(async () => {
      [clone, origin] = [join(folder, "clone"), join(folder, "origin")];
      await git(folder, "init", "--quiet", "--bare", "--initial-branch=main", origin);
      await git(folder, "clone", "--quiet", origin, clone);
      await cp(join(projectRoot, ".ci"), join(clone, ".ci"), { recursive: true });
      await git(clone, "checkout", "--quiet", "-B", "main");
      await git(clone, "add", ".");
      await git(clone, "commit", "--quiet", "--message=first");
      await git(clone, "push", "--quiet", "origin", "main");
      run = { ...run, cwd: clone };
    });

    const subjects = async () => (await git(origin, "log", "--format=%an: %s", "main")).stdout.split("\n");

    it("promotes, and commits the release to the branch, which may have gone on", async () => {
      await tools.add("npx", `mkdir -p releases && echo "current: 1" > "releases/$4.yaml"`);
      await git(folder, "clone", "--quiet", origin, join(folder, "other"));
      await git(join(folder, "other"), "commit", "--quiet", "--allow-empty", "--message=meanwhile");
      await git(join(folder, "other"), "push", "--quiet", "origin", "main");
      await runJob(await readWorkflow("promote"), "promote", run);
      assert.deepEqual(await tools.calls(), ["npm ci", "npx knflow promote staging prod --yes"]);
      assert.deepEqual(await subjects(), ["github-actions[bot]: release: prod", "me: meanwhile", "me: first"]);
      assert.equal((await git(origin, "show", "main:releases/prod.yaml")).stdout, "current: 1");

      await runJob(await readWorkflow("promote"), "promote", run);
      assert.equal((await subjects()).length, 3);
    });

    it("commits the release also where its update fails half way, and fails", async () => {
      await tools.add("npx", `mkdir -p releases && echo "current: 2" > "releases/$4.yaml"; exit 1`);
      await assert.rejects(runJob(await readWorkflow("promote"), "promote", run), /knflow promote/);
      assert.equal((await git(origin, "show", "main:releases/prod.yaml")).stdout, "current: 2");
    });

    it("has a counterpart that rolls a stack back, to a release that is named or the one before", async () => {
      await tools.add("npx", `mkdir -p releases && echo "$*" > "releases/$3.yaml"`);
      const rollback = await readWorkflow("rollback");
      await runJob(rollback, "rollback", run);
      await runJob(rollback, "rollback", { ...run, expressions: { ...expressions, "inputs.release": "4" } });
      const calls = (await tools.calls()).filter((call) => call.startsWith("npx"));
      assert.deepEqual(calls, ["npx knflow rollback prod --yes", "npx knflow rollback prod --to 4 --yes"]);
      assert.deepEqual((await subjects()).slice(0, 2), Array(2).fill("github-actions[bot]: release: prod"));
    });

    it("commits nothing where it is refused", async () => {
      await tools.add("npx", "exit 1");
      await assert.rejects(runJob(await readWorkflow("promote"), "promote", run), /knflow promote/);
      assert.deepEqual(await subjects(), ["me: first"]);
    });
  });
});
