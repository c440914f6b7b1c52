import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { clusterDown, clusterUp } from "../../cluster/embedded/index.ts";
import { createProgress } from "../../console/progress.ts";
import { examples } from "../examples.ts";
import { waitFor } from "../runtime/support/wait.ts";
import { conformanceFailures, writeConformanceWorkflows } from "./conformance.ts";
import { collectGarbage } from "./garbage.ts";
import { askRuns, writePatientWorkflow, type Run } from "./patient.ts";
import { assertConfined, assertDoctorContent, assertForeignPodDenied, assertPlainPodRefused } from "./confinement.ts";
import { Faults } from "./faults.ts";
import { Project, type Finished } from "./project.ts";
import { Scenarios } from "./scenarios.ts";
import { Vault } from "./vault.ts";
import { countWords, randomText } from "./words.ts";

const instanceName = "npm-test";
/** The one that `npm start` deploys. */
const stack = "dev";
const namespace = `knflow-${stack}`;

/** The lines of a preview or update that name a changed resource. */
function changed(text: string): string[] {
  return text
    .split("\n")
    .map((line) => /^\s*([+~-]|\+-|-\+|\+\+)\s+([\w:./-]+:\w+)\s+(\S+)\s/.exec(line))
    .flatMap((match) => (match ? [`${match[1]} ${match[3]}`] : []));
}

describe("the main job on a real cluster", () => {
  let project: Project;
  /** Where the archive of one of wordcount's functions is in the file server's pod. */
  const archiveOf = async (fn: string, folder = "/data/uploads/") =>
    `${folder}wordcount/${fn}-${(await project.outputs()).workflows.wordcount?.functions[fn]?.digest}.zip`;
  let sound: string;
  let patientRun: string;
  let faults: Faults;
  let vault: Vault;
  let vaultRevision: string | undefined;
  const scenarios = new Scenarios();
  let otherDestroyed: Promise<Finished> | undefined;
  const progress = createProgress({ logDir: join(import.meta.dirname, "..", "..", "tmp", "logs", "e2e") });

  before(async () => {
    // What tests that were killed left.
    await clusterDown(instanceName, { purge: true }, progress);
    const instance = await clusterUp(instanceName, progress);
    project = await Project.create(stack, instance, progress);
    await writePatientWorkflow(join(project.folder, "functions"));
  });
  after(async () => {
    await project?.remove();
    await scenarios.close();
    await clusterDown(instanceName, { purge: true }, progress);
  });

  it("previews on an empty cluster", async () => {
    const preview = await project.pulumi("preview", "--stack", stack);
    assert.equal(preview.exitCode, 0, preview.text);
    assert.match(preview.text, /wordcount-count-service/);
    assert.doesNotMatch(preview.text, /warning/i);
  });

  it("deploys platform and workflows by one start, without a retry, and calls the example", async () => {
    const started = await project.start();
    assert.equal(started.exitCode, 0, started.text);
    assert.match(started.text, /wordcount: [\d,]+ words, [\d,]+ different ones/);
    assert.match(started.text, /pulumi up .*\d+ created/);
    const outputs = await project.outputs();
    assert.deepEqual(Object.keys(outputs).sort(), ["gatewayUrl", "namespace", "workflows"]);
    assert.equal(outputs.namespace, namespace);
    const wordcount = outputs.workflows.wordcount;
    assert.ok(wordcount);
    assert.deepEqual(Object.keys(wordcount).sort(), ["digest", "functions", "host", "url"]);
    assert.deepEqual(Object.keys(wordcount.functions).sort(), ["count", "merge", "split"]);
    for (const fn of Object.values(wordcount.functions)) {
      assert.deepEqual(Object.keys(fn).sort(), ["digest", "host", "image", "revision", "url"]);
      assert.match(fn.digest, /^[0-9a-f]{64}$/);
      assert.match(fn.image, /@sha256:[0-9a-f]{64}$/);
    }
  });

  it("runs the workflow", async () => {
    const reply = await project.invoke("wordcount", { text: "To be, or not to be?", chunks: 2 });
    assert.equal(reply.stderr, "");
    assert.equal(reply.exitCode, 0);
    assert.deepEqual(JSON.parse(reply.stdout), { counts: { to: 2, be: 2, or: 1, not: 1 }, total: 6, distinct: 4 });
  });

  for (const { workflow, name, input, output } of examples) {
    it(`gives the output of the example ${name}, as a local run does`, async () => {
      const reply = await project.invoke(workflow, input);
      assert.equal(reply.exitCode, 0, reply.stderr);
      assert.deepEqual(JSON.parse(reply.stdout), output);
    });
  }

  it("its pods may do no more than they must, and nobody else may connect to them", async () => {
    await assertConfined(project, namespace);
    await assertPlainPodRefused(project, namespace);
    const image = ["get", "services.serving.knative.dev", "wordcount", "-o", "jsonpath={..containers[0].image}"];
    const executor = await project.kubectl("-n", namespace, ...image);
    await Promise.all([assertForeignPodDenied(project, namespace, executor), assertDoctorContent(project, namespace)]);
  });

  it("calls one function", async () => {
    const reply = await project.invoke("wordcount/split", { text: "one two", chunks: 1 });
    assert.equal(reply.exitCode, 0, reply.stderr);
    assert.ok(Array.isArray((JSON.parse(reply.stdout) as { parts: unknown }).parts));
  });

  it("starts a run that nobody waits for, whose pod is lost then", async () => {
    const outputs = await project.outputs();
    const { id } = (await askRuns(outputs, "POST", "")) as { id: string };
    await waitFor("its first task to be written down", async () => {
      const { tasks } = (await askRuns(outputs, "GET", `/${id}`)) as Run;
      return tasks.some(({ task, durationMs }) => task === "/do/0/first" && durationMs !== undefined) || undefined;
    });
    const pods = ["-l", "serving.knative.dev/service=patient", "--grace-period=0", "--force"];
    await project.kubectl("-n", namespace, "delete", "pods", ...pods);
    patientRun = id;
  });

  it("changes nothing by a second start, which takes well under a minute", async () => {
    // As a local run of functions leaves it.
    const compiled = join(project.folder, "runtimes/python/knflow_runtime/__pycache__");
    await mkdir(compiled);
    await writeFile(join(compiled, "app.cpython-311.pyc"), "");
    const before = performance.now();
    const started = await project.start();
    assert.equal(started.exitCode, 0, started.text);
    assert.match(started.text, /pulumi up +\S+ +no changes$/m);
    assert.ok(performance.now() - before < 45_000, started.text);
  });

  it("counts a text of 1 MB as an independent count does", async () => {
    const text = randomText(1024 * 1024);
    const expected = countWords(text);
    const reply = await project.invoke("wordcount", { text, chunks: 6 });
    assert.equal(reply.exitCode, 0, reply.stderr);
    const result = JSON.parse(reply.stdout) as { counts: Record<string, number>; total: number; distinct: number };
    assert.deepEqual(result.counts, Object.fromEntries(expected));
    assert.equal(result.distinct, expected.size);
    assert.equal(
      result.total,
      [...expected.values()].reduce((sum, count) => sum + count, 0),
    );
  });

  it("deploys another stack by context, with ready-made images, over what killed updates left; all runtimes do there what the tables say", async () => {
    const { workflows } = await project.outputs();
    const image = (kind: string, name: string) =>
      project.kubectl("-n", namespace, "get", kind, name, "-o", "jsonpath={..containers[0].image}");
    const images = {
      python: workflows.wordcount?.functions.split?.image,
      node: workflows.trip?.functions.flight?.image,
      workflow: await image("services.serving.knative.dev", "wordcount"),
      fileServer: await image("deployment", "nginx-file-server"),
      runStore: await image("deployment", "run-store"),
    };
    const functions = join(project.folder, "other", "functions");
    await writeConformanceWorkflows(functions);
    await scenarios.write(functions, project.instance.nodeIp);
    const other = await project.addStack("other", {
      "knflow:functions": "other/functions",
      "knflow:context": project.instance.context,
      "knflow:platform": "external",
      "knflow:externalIp": project.instance.nodeIp,
      "knflow:codeVolumeName": "other-code",
      "knflow:codeVolumePath": join(project.instance.codeVolumePath, "knflow-other"),
      "knflow:images": images,
    });
    await other.killedUp("secret", "run-store");
    await other.forget();
    await other.killedUp("deployment", "nginx-file-server");
    const up = await other.up();
    assert.equal(up.exitCode, 0, up.text);
    const outputs = { ...(await other.outputs()), gatewayUrl: project.instance.gatewayLoopback };
    assert.deepEqual(await conformanceFailures(outputs), []);
    assert.deepEqual(await scenarios.failures(outputs), []);
    otherDestroyed = other.pulumi("destroy", "--yes", "--skip-preview", "--stack", "other");
  });

  it("20 updates of a function at 20 requests a second: none failed", async () => {
    faults = new Faults(project, namespace);
    await faults.updates();
  });

  it("no request fails while what is between clients and functions is replaced, and a Pod ends", () =>
    faults.replacements());

  it("warm Pods need no file server, and a cold one waits for it", () => faults.withoutFileServer());

  it("a handler that ends its process, and one that takes too long, fail alone", async () => {
    await faults.badCalls();
    await faults.end();
  });

  it("took up the run whose pod was lost, behind its first task", async () => {
    const outputs = await project.outputs();
    const ended = async () => {
      const found = (await askRuns(outputs, "GET", `/${patientRun}`)) as Run;
      return found.state === "running" ? undefined : found;
    };
    const run = await waitFor("its end", ended, 60);
    assert.deepEqual([run.state, run.executors], ["completed", 2]);
    assert.deepEqual(run.output, { first: true, branches: ["left", "right"] });
  });

  it("an edit of one function changes that function alone, and serves the new code right after; one with secrets comes with it", async () => {
    sound = await readFile(join(project.folder, "functions/wordcount/merge/main.py"), "utf8");
    await project.edit("functions/wordcount/merge/main.py", '"total": counts', '"sum": counts');
    const before = await project.outputs();
    const preview = await project.pulumi("preview", "--stack", stack);
    assert.deepEqual(
      changed(preview.text).filter((line) => !line.includes(`knflow-${stack}`)),
      ["~ wordcount-merge-archive-push", "~ wordcount-merge-service", "~ wordcount-merge-ready"],
    );
    vault = new Vault(project, namespace);
    await vault.write();
    await vault.change();
    const up = await project.up("--diff");
    assert.equal(up.exitCode, 0, up.text);
    await vault.check(up.text);
    const after = await project.outputs();
    vaultRevision = after.workflows.vault?.functions.reveal?.revision;
    for (const name of ["count", "split"]) {
      assert.deepEqual(after.workflows.wordcount?.functions[name], before.workflows.wordcount?.functions[name]);
    }
    const reply = await project.invoke("wordcount/merge", { parts: [] });
    assert.equal((JSON.parse(reply.stdout) as { sum?: number }).sum, 0, reply.stdout);
  });

  it("garbage collection keeps what a Revision with a route names, old as it is, and removes what nothing names", async () => {
    await collectGarbage(project, "wordcount", "merge");
    for (const { workflow, input } of examples) {
      const reply = await project.invoke(workflow, input);
      assert.equal(reply.exitCode, 0, reply.stderr);
    }
  });

  it("broken functions fail the update with their own messages, and the old Revisions go on serving", async () => {
    const broken = {
      merge: "def handler(event:\n    return event\n",
      count: "def other(event):\n    return event\n",
      split: "import no_such_module\n\ndef handler(event):\n    return event\n",
    };
    const before = new Map<string, string>();
    const served = (await project.outputs()).workflows.wordcount?.functions;
    for (const [fn, code] of Object.entries(broken)) {
      const path = join(project.folder, "functions/wordcount", fn, "main.py");
      before.set(path, await readFile(path, "utf8"));
      await writeFile(path, code);
    }
    const extra = join(project.folder, "functions/wordcount/extra");
    await mkdir(extra);
    await writeFile(join(extra, "function.yaml"), "runtime: python\nhandler: main.handler\n");
    await writeFile(join(extra, "main.py"), "raise ValueError('not today')\n");
    const up = await project.up();
    assert.notEqual(up.exitCode, 0, up.text);
    assert.match(up.text, /wordcount-extra is not ready: ValueError: not today \(main\.py:1\)/);
    assert.match(up.text, /wordcount-merge is not ready: .*SyntaxError.*main\.py/);
    assert.match(up.text, /wordcount-count is not ready: .*handler/);
    assert.match(up.text, /wordcount-split is not ready: .*no_such_module/);
    const reply = await project.invoke("wordcount", { text: "to be" });
    assert.equal((JSON.parse(reply.stdout) as { sum?: number }).sum, 2, reply.stdout + reply.stderr);
    for (const fn of Object.keys(broken)) {
      const [latest, ...traffic] = await project.traffic(`wordcount-${fn}`);
      assert.deepEqual(traffic, [`${served?.[fn]?.revision} 100`]);
      assert.notEqual(latest, served?.[fn]?.revision);
    }
    for (const [path, code] of before) await writeFile(path, code);
    await writeFile(join(project.folder, "functions/wordcount/merge/main.py"), sound);
    await rm(extra, { recursive: true });
  });

  it("changed secrets are a new Revision that reads them", async () => {
    await vault.change();
    // Kept awake, since a cold start of the old Revision would get the archive that a later test damages, too.
    await project.edit("functions/wordcount/merge/function.yaml", "min: 0", "min: 1");
    const repair = await project.up("--diff");
    assert.equal(repair.exitCode, 0, repair.text);
    await vault.check(repair.text);
    assert.notEqual((await project.outputs()).workflows.vault?.functions.reveal?.revision, vaultRevision);
  });

  it("an archive that was deleted by hand, and a Knative Service, come back by refresh and update", async () => {
    await project.onVolume(`rm -f ${await archiveOf("merge")}`);
    await project.kubectl("-n", namespace, "delete", "services.serving.knative.dev", "wordcount-split");
    const refreshed = await project.pulumi("refresh", "--yes", "--skip-preview", "--stack", stack);
    assert.equal(refreshed.exitCode, 0, refreshed.text);
    const restored = await project.up();
    assert.equal(restored.exitCode, 0, restored.text);
    assert.deepEqual([...new Set(changed(restored.text))].filter((line) => !line.includes(`knflow-${stack}`)).sort(), [
      "+ wordcount-split-service",
      "~ wordcount-merge-archive-push",
      "~ wordcount-merge-ready",
      "~ wordcount-merge-service",
      "~ wordcount-split-ready",
    ]);
    assert.match(await project.onVolume("knflow-receive --list"), new RegExp(await archiveOf("merge", "")));
    const reply = await project.invoke("wordcount", { text: "to be" });
    assert.equal((JSON.parse(reply.stdout) as { total?: number }).total, 2, reply.stdout + reply.stderr);
  });

  it("a damaged archive fails the update with its own message, the old Revision goes on serving, and another update repairs it", async () => {
    const damage = "printf X | dd bs=1 seek=99 conv=notrunc";
    const archive = await archiveOf("merge");
    await project.onVolume(`chmod u+w ${archive} && ${damage} of=${archive}`);
    const { revision } = (await project.outputs()).workflows.wordcount?.functions.merge ?? {};

    // The same code in another Revision: nothing is pushed, the damaged archive is what it gets.
    await project.edit("functions/wordcount/merge/function.yaml", "timeoutSeconds: 30", "timeoutSeconds: 31");
    const up = await project.up();
    assert.notEqual(up.exitCode, 0, up.text);
    assert.match(up.text, /wordcount-merge is not ready: .*sha256/);
    assert.match(up.text, /to repair it, run "pulumi up" again: it pushes wordcount\/merge-[0-9a-f]{64}\.zip again/);
    assert.deepEqual((await project.traffic("wordcount-merge")).slice(1), [`${revision} 100`]);
    const reply = await project.invoke("wordcount/merge", { parts: [] });
    assert.equal((JSON.parse(reply.stdout) as { total?: number }).total, 0, reply.stdout);

    const repaired = await project.up();
    assert.equal(repaired.exitCode, 0, repaired.text);
    assert.match(repaired.text, /merge-[0-9a-f]{64}\.zip pushed in place of a damaged one/);
    const [latest, ...traffic] = await project.traffic("wordcount-merge");
    assert.deepEqual(traffic, [`${latest} 100`]);
    assert.notEqual(latest, revision);
    const preview = await project.pulumi("preview", "--stack", stack, "--expect-no-changes");
    assert.equal(preview.exitCode, 0, preview.text);
  });

  it("destroyed the other stack meanwhile, and left the first as it was", async () => {
    const destroyed = await otherDestroyed;
    assert.equal(destroyed?.exitCode, 0, destroyed?.text);
    assert.doesNotMatch(await project.kubectl("get", "namespaces", "-o", "name"), /knflow-other/);
    assert.equal((await project.invoke("wordcount", { text: "to be" })).exitCode, 0);
  });

  it("destroys everything it made", async () => {
    const destroyed = await project.pulumi("destroy", "--yes", "--skip-preview", "--stack", stack);
    assert.equal(destroyed.exitCode, 0, destroyed.text);
    const namespaces = await project.kubectl("get", "namespaces", "-o", "name");
    assert.doesNotMatch(namespaces, /knflow|knative|kourier/);
    assert.equal(await project.kubectl("get", "persistentvolumes", "-o", "name"), "");
    assert.doesNotMatch(await project.kubectl("get", "customresourcedefinitions", "-o", "name"), /knative/);
    assert.doesNotMatch(
      await project.kubectl("get", "clusterroles,clusterrolebindings", "-o", "name"),
      /knative|kourier/,
    );
    const webhooks = await project.kubectl(
      "get",
      "validatingwebhookconfigurations,mutatingwebhookconfigurations",
      "-o",
      "name",
    );
    assert.equal(webhooks, "");
    const again = await project.pulumi("destroy", "--yes", "--skip-preview", "--stack", stack);
    assert.equal(again.exitCode, 0, again.text);
  });
});
