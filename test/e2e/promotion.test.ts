import assert from "node:assert/strict";
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import type { Releases } from "../../release/release.ts";
import { proposedReleases, releasesFile } from "../../release/releases-file.ts";
import { besides, imagesOf } from "./other-stack.ts";
import type { Finished, Project } from "./project.ts";
import { namespace, project } from "./setup.ts";

const folder = "promotion/functions";
const greet = `${folder}/hello/greet/main.py`;
const stacks = ["develop", "staging", "prod"] as const;

describe("a release goes from stack to stack, each in a namespace of its own", () => {
  let develop: Project, staging: Project, prod: Project;

  before(async () => {
    const first = project();
    await cp(join(first.folder, "templates/python"), join(first.folder, folder, "hello"), { recursive: true });
    await cp(join(first.folder, folder, "hello/greet"), join(first.folder, folder, "hello/part"), { recursive: true });
    await git("init", "--quiet");
    await commit("a first version");
    const images = await imagesOf(first, namespace);
    const stack = (name: string, more: Record<string, unknown>) =>
      first.addStack(name, {
        ...besides(first, name, `${name}-code`),
        "knflow:gatewayUrl": first.instance.gatewayLoopback,
        "knflow:runStore": "none",
        ...more,
      });
    develop = await stack("develop", {
      "knflow:functions": folder,
      "knflow:images": images,
      "knflow:logLevel": "debug",
    });
    // These two name no images and no folder: they have what is promoted.
    staging = await stack("staging", {});
    prod = await stack("prod", { "knflow:scale": { min: 1 }, "knflow:protect": true });
    succeeded(await develop.up());
  });

  after(async () => {
    if (prod !== undefined) {
      succeeded(await prod.pulumi("config", "set", "knflow:protect", "false", "--stack", "prod"));
      succeeded(await prod.up());
    }
    const ends = stacks.map((name) => project().pulumi("destroy", "--yes", "--skip-preview", "--stack", name));
    (await Promise.all(ends)).forEach(succeeded);
  });

  it("the code and the images that one runs are those of the next, and of the one behind it", async () => {
    succeeded(await promote("develop", "staging"));
    succeeded(await promote("staging", "prod"));
    assert.deepEqual(await running(staging), await running(develop));
    assert.deepEqual(await running(prod), await running(develop));
    assert.equal(await greeting(prod), "Hello, Ada!");
    const { current, releases } = await releasesOf("prod");
    assert.equal(current, 1);
    assert.equal(releases[0]?.from, "staging");
    assert.equal(releases[0]?.commit, await git("rev-parse", "HEAD"));
  });

  it("each keeps its own settings", async () => {
    const scale = ["-n", "knflow-prod", "get", "services.serving.knative.dev", "hello-greet", "-o", "yaml"];
    assert.match(await prod.kubectl(...scale), /min-scale: "1"/);
    assert.match(await staging.kubectl("get", "persistentvolumes", "-o", "name"), /^persistentvolume\/staging-code$/m);
  });

  it("is refused where what runs is not what is committed, with the function, both digests and why", async () => {
    await project().edit(greet, "Hello", "Good day");
    const edited = await promote("develop", "staging");
    refused(edited, /promotion\/functions\/hello\/greet\/main\.py differ from commit [0-9a-f]{40}; commit or stash/);
    succeeded(await develop.up());
    const deployed = await promote("develop", "staging");
    const why =
      /hello\/greet: stack develop has sha256 [0-9a-f]{12}…, the commit has sha256 [0-9a-f]{12}…; not committed: .*main\.py/;
    refused(deployed, why);
    assert.equal((await releasesOf("staging")).current, 1);
    assert.equal(await greeting(staging), "Hello, Ada!");
  });

  it("goes on once it is committed, and leaves what did not change as it is", async () => {
    await commit("a second version");
    const before = await staging.outputs();
    succeeded(await promote("develop", "staging"));
    const outputs = await staging.outputs();
    assert.equal(await greeting(staging), "Good day, Ada!");
    assert.deepEqual(outputs.workflows.hello?.functions.part, before.workflows.hello?.functions.part);
  });

  it("is previewed before the stack's file names it, and what is not there is told", async () => {
    const preview = async (file: string) => {
      const env = { ...prod.env, [proposedReleases]: join(prod.folder, file) };
      const args = ["preview", "--stack", "prod", "--non-interactive", "--color", "never"];
      return execa("pulumi", args, { cwd: prod.folder, env, reject: false, all: true });
    };
    const { exitCode, all } = await preview(releasesFile("staging"));
    assert.equal(exitCode, 0, all);
    assert.match(all, /preview of release 2, which releases\/prod\.yaml does not have stack prod run yet/);
    assert.match(all, /~ .*hello-greet.* update/);
    const missing = await preview("releases/none.yaml");
    assert.notEqual(missing.exitCode, 0);
    assert.match(missing.all, /there is no file .*none\.yaml, which KNFLOW_RELEASES names/);
  });

  it("is what plain pulumi goes by, whatever is in the working tree", async () => {
    succeeded(await prod.pulumi("preview", "--stack", "prod", "--expect-no-changes"));
    assert.equal(await greeting(prod), "Hello, Ada!");
  });

  it("goes back to the release before, to the byte, without a build", async () => {
    await project().edit(greet, "Good day", "Never deployed");
    const back = await staging.knflow("rollback", "staging", "--yes");
    succeeded(back);
    assert.match(back.text, /stack staging runs release 1, promoted from stack develop/);
    assert.deepEqual(await running(staging), await running(prod));
    assert.equal(await greeting(staging), "Hello, Ada!");
    const { current, releases } = await releasesOf("staging");
    assert.deepEqual([current, releases.map(({ number }) => number)], [1, [2, 1]]);
    refused(await staging.knflow("rollback", "staging", "--yes"), /none ran before it; name another one by --to/);
  });

  it("keeps what a protected stack holds from a destroy, which changes nothing", async () => {
    refused(await prod.pulumi("destroy", "--yes", "--stack", "prod"), /protected/);
    assert.equal(await greeting(prod), "Hello, Ada!");
  });
});

function promote(from: string, to: string): Promise<Finished> {
  return project().knflow("promote", from, to, "--yes");
}

/** The digests of code and images that a stack runs. */
async function running(stack: Project): Promise<Record<string, unknown>> {
  const { workflows } = await stack.outputs();
  const image = (kind: string, name: string) =>
    stack.kubectl("-n", `knflow-${stack.stack}`, "get", kind, name, "-o", "jsonpath={..containers[0].image}");
  const images = [
    await image("services.serving.knative.dev", "hello"),
    await image("deployments.apps", "nginx-file-server"),
  ];
  const digests = Object.values(workflows).map(({ digest, functions }) => [
    digest,
    Object.entries(functions).map(([name, { digest, image }]) => [name, digest, image]),
  ]);
  return { digests, images };
}

async function greeting(stack: Project): Promise<string | undefined> {
  const { exitCode, stdout, stderr } = await stack.invoke("hello", { names: ["Ada"] });
  assert.equal(exitCode, 0, stderr);
  return (JSON.parse(stdout) as { greetings: string[] }).greetings[0];
}

async function releasesOf(stack: string): Promise<Releases> {
  return parse(await readFile(join(project().folder, "releases", `${stack}.yaml`), "utf8")) as Releases;
}

function succeeded({ exitCode, text }: Finished): void {
  assert.equal(exitCode, 0, text);
}

function refused({ exitCode, text }: Finished, why: RegExp): void {
  assert.notEqual(exitCode, 0, text);
  assert.match(text, why);
}

async function commit(message: string): Promise<void> {
  await git("add", "promotion");
  await git("-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "--quiet", "--message", message);
}

async function git(...args: string[]): Promise<string> {
  return (await execa("git", args, { cwd: project().folder })).stdout;
}
