import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { examples } from "../examples.ts";
import { waitFor } from "../runtime/support/wait.ts";
import { collectGarbage } from "./garbage.ts";
import { assertDone } from "./project.ts";
import { archiveOf, namespace, project, stack } from "./setup.ts";
import { Vault } from "./vault.ts";
import { withArguments } from "./arguments.ts";

/** The lines of a preview or update that name a changed resource. */
function changed(text: string): string[] {
  return text
    .split("\n")
    .map((line) => /^\s*([+~-]|\+-|-\+|\+\+)\s+([\w:./-]+:\w+)\s+(\S+)\s/.exec(line))
    .flatMap((match) => (match ? [`${match[1]} ${match[3]}`] : []));
}

describe("changes of what is deployed", () => {
  let sound: string;
  let vault: Vault;
  let vaultRevision: string | undefined;

  it("an edit of one function changes that function alone, and serves the new code right after; one with secrets comes with it", async () => {
    sound = await readFile(join(project().folder, "functions/wordcount/merge/main.py"), "utf8");
    await project().edit("functions/wordcount/merge/main.py", '"total": counts', '"sum": counts');
    const before = await project().outputs();
    const preview = await project().pulumi("preview", "--stack", stack);
    assert.deepEqual(
      changed(preview.text).filter((line) => !line.includes(`knflow-${stack}`)),
      ["~ wordcount-merge-archive-push", "~ wordcount-merge-service", "~ wordcount-merge-ready"],
    );
    vault = new Vault(project(), namespace);
    await vault.write();
    await vault.change();
    const up = await project().up("--diff");
    assertDone(up);
    await vault.check(up.text);
    const after = await project().outputs();
    vaultRevision = after.workflows.vault?.functions.reveal?.revision;
    for (const name of ["count", "split"]) {
      assert.deepEqual(after.workflows.wordcount?.functions[name], before.workflows.wordcount?.functions[name]);
    }
    const reply = await project().invoke("wordcount/merge", { parts: [] });
    assert.equal((JSON.parse(reply.stdout) as { sum?: number }).sum, 0, reply.stdout);
  });

  it("garbage collection keeps what a Revision with a route names, old as it is, and removes what nothing names", async () => {
    await collectGarbage(project(), "wordcount", "merge");
    const listed = await project().onVolume("knflow-receive --list");
    const served = Object.values((await project().outputs()).workflows).flatMap(({ digest, functions }) => [
      digest,
      ...Object.values(functions).map((fn) => fn.digest),
    ]);
    assert.deepEqual(
      served.filter((digest) => !listed.includes(`${digest}.zip`)),
      [],
    );
    // Whose packages no output names; it sleeps, so that it has to get all of them again.
    const { workflow, input } = examples.find((example) => example.workflow === "thumbnails") ?? assert.fail();
    const asleep = ["get", "pods", "-l", "serving.knative.dev/service=thumbnails-resize", "-o", "name"];
    await waitFor(
      "it to sleep",
      async () => (await project().kubectl("-n", namespace, ...asleep)) === "" || undefined,
      120,
    );
    const reply = await project().invoke(workflow, input);
    assert.equal(reply.exitCode, 0, reply.stderr);
  });

  it("broken functions fail the update with their own messages, and the old Revisions go on serving", async () => {
    const broken = {
      merge: "def handler(event:\n    return event\n",
      count: "def other(event):\n    return event\n",
      split: "import no_such_module\n\ndef handler(event):\n    return event\n",
    };
    const before = new Map<string, string>();
    const served = (await project().outputs()).workflows.wordcount?.functions;
    for (const [fn, code] of Object.entries(broken)) {
      const path = join(project().folder, "functions/wordcount", fn, "main.py");
      before.set(path, await readFile(path, "utf8"));
      await writeFile(path, code);
    }
    const extra = join(project().folder, "functions/wordcount/extra");
    await mkdir(extra);
    await writeFile(join(extra, "function.yaml"), "runtime: python\nhandler: main.handler\n");
    await writeFile(join(extra, "main.py"), "raise ValueError('not today')\n");
    const node = join(project().folder, "functions/wordcount/node");
    await mkdir(node);
    await writeFile(join(node, "function.yaml"), "runtime: node\nhandler: main.handler\n");
    await writeFile(join(node, "main.ts"), '\nthrow new Error("not now");\n');
    // Without it, what has not begun when the first one fails is not tried.
    const up = await project().up("--continue-on-error");
    assert.notEqual(up.exitCode, 0, up.text);
    assert.match(up.text, /wordcount-extra is not ready: ValueError: not today \(main\.py:1\)/);
    assert.match(up.text, /wordcount-node is not ready: .*Error: not now \(main\.ts:2\)/);
    assert.match(up.text, /wordcount-merge is not ready: .*SyntaxError: .*\(main\.py:1\)/);
    assert.match(up.text, /wordcount-count is not ready: .*main\.py has no .*handler/);
    assert.match(up.text, /wordcount-split is not ready: .*no_such_module.*\(main\.py:1\)/);
    const status = await project().knflow("status", "wordcount", "--stack", stack);
    assert.equal(status.exitCode, 1, status.text);
    assert.match(status.text, /^wordcount\/extra is .*ValueError: not today/m);
    assert.match(status.text, /^wordcount\/node is .*Error: not now/m);
    assert.match(status.text, /^wordcount\/merge is .*SyntaxError/m);
    const reply = await project().invoke("wordcount", { text: "to be" });
    assert.equal((JSON.parse(reply.stdout) as { sum?: number }).sum, 2, reply.stdout + reply.stderr);
    for (const fn of Object.keys(broken)) {
      const [latest, ...traffic] = await project().traffic(`wordcount-${fn}`);
      assert.deepEqual(traffic, [`${served?.[fn]?.revision} 100`]);
      assert.notEqual(latest, served?.[fn]?.revision);
    }
    for (const [path, code] of before) await writeFile(path, code);
    await writeFile(join(project().folder, "functions/wordcount/merge/main.py"), sound);
    for (const folder of [extra, node]) await rm(folder, { recursive: true });
  });

  it("changed secrets are a new Revision that reads them", async () => {
    await vault.change();
    // Kept awake, since a cold start of the old Revision would get the archive that a later test damages, too.
    await project().edit("functions/wordcount/merge/function.yaml", "min: 0", "min: 1");
    const { result: repair, seen } = await withArguments(() => project().up("--diff"));
    assertDone(repair);
    assert.match(seen, /pulumi up --yes/);
    await vault.check(repair.text, seen);
    assert.notEqual((await project().outputs()).workflows.vault?.functions.reveal?.revision, vaultRevision);
  });

  it("an archive that was deleted by hand, and a Knative Service, come back by refresh and update", async () => {
    await project().onVolume(`rm -f ${await archiveOf("merge")}`);
    await project().kubectl("-n", namespace, "delete", "services.serving.knative.dev", "wordcount-split");
    const refreshed = await project().pulumi("refresh", "--yes", "--skip-preview", "--stack", stack);
    assertDone(refreshed);
    const restored = await project().up();
    assertDone(restored);
    assert.deepEqual([...new Set(changed(restored.text))].filter((line) => !line.includes(`knflow-${stack}`)).sort(), [
      "+ wordcount-split-service",
      "~ wordcount-merge-archive-push",
      "~ wordcount-merge-ready",
      "~ wordcount-merge-service",
      "~ wordcount-split-ready",
    ]);
    assert.match(await project().onVolume("knflow-receive --list"), new RegExp(await archiveOf("merge", "")));
    const reply = await project().invoke("wordcount", { text: "to be" });
    assert.equal((JSON.parse(reply.stdout) as { total?: number }).total, 2, reply.stdout + reply.stderr);
  });

  it("a damaged archive fails the update with its own message, the old Revision goes on serving, and another update repairs it", async () => {
    const damage = "printf X | dd bs=1 seek=99 conv=notrunc";
    const archive = await archiveOf("merge");
    await project().onVolume(`chmod u+w ${archive} && ${damage} of=${archive}`);
    const { revision } = (await project().outputs()).workflows.wordcount?.functions.merge ?? {};

    // The same code in another Revision: nothing is pushed, the damaged archive is what it gets.
    await project().edit("functions/wordcount/merge/function.yaml", "timeoutSeconds: 30", "timeoutSeconds: 31");
    const up = await project().up();
    assert.notEqual(up.exitCode, 0, up.text);
    assert.match(up.text, /wordcount-merge is not ready: .*sha256/);
    assert.match(up.text, /to repair it, run "pulumi up" again: it pushes wordcount\/merge-[0-9a-f]{64}\.zip again/);
    assert.deepEqual((await project().traffic("wordcount-merge")).slice(1), [`${revision} 100`]);
    const reply = await project().invoke("wordcount/merge", { parts: [] });
    assert.equal((JSON.parse(reply.stdout) as { total?: number }).total, 0, reply.stdout);

    const repaired = await project().up();
    assertDone(repaired);
    assert.match(repaired.text, /merge-[0-9a-f]{64}\.zip pushed in place of a damaged one/);
    const [latest, ...traffic] = await project().traffic("wordcount-merge");
    assert.deepEqual(traffic, [`${latest} 100`]);
    assert.notEqual(latest, revision);
    const preview = await project().pulumi("preview", "--stack", stack, "--expect-no-changes");
    assertDone(preview);
  });
});
