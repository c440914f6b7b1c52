import assert from "node:assert/strict";
import { request } from "undici";
import { waitFor } from "../runtime/support/wait.ts";
import type { Project } from "./project.ts";

/** Stores an object that nothing names, and says its name. */
const storeJunk =
  "d=$(printf junk | sha256sum | cut -c1-64) && printf junk | knflow-receive junk/file-$d.zip $d >&2 && echo junk/file-$d.zip";

/** Collects garbage while a function's Revision of before is routed by a tag, and again when it no longer is. */
export async function collectGarbage(project: Project, workflow: string, fn: string): Promise<void> {
  const service = `${workflow}-${fn}`;
  const { gatewayUrl, workflows } = await project.outputs();
  const { host = "", digest = "" } = workflows[workflow]?.functions[fn] ?? {};
  const [old, ...newer] = await project.revisions(service);
  assert.ok(old && newer.length > 0 && old.digest !== digest);
  const unnamed = await project.onVolume(storeJunk);
  await project.route(service, [
    { revisionName: old.name, percent: 0, tag: "old" },
    { latestRevision: true, percent: 100 },
  ]);
  await waitFor("the old Revision to be routed", async () => {
    const [first] = await project.revisions(service);
    return first?.routingState === "active" || undefined;
  });
  const removed = async (...args: string[]) =>
    (await project.gc("--keep", "0", ...args)).removed.map(({ name }) => name);
  /** Without a grace period, what was used in this very second still stays. */
  const soon = (name: string, ...args: string[]) =>
    waitFor(`${name} to be let go`, async () => {
      const names = await removed(...args);
      return names.includes(name) ? names : undefined;
    });
  const archive = `${workflow}/${fn}-${old.digest}.zip`;

  for (const args of [["--dry-run"], []]) {
    const names = await soon(unnamed, ...args);
    assert.ok(!names.includes(old.name) && !names.includes(archive), names.join(", "));
  }
  const headers = { host: `old-${host}`, "content-type": "application/json" };
  const reply = await request(gatewayUrl, { method: "POST", headers, body: '{"parts": []}' });
  assert.equal(reply.statusCode, 200, await reply.body.text());

  await project.route(service, [{ latestRevision: true, percent: 100 }]);
  assert.deepEqual(await soon(old.name), [old.name, archive]);
  const listed = await project.onVolume("knflow-receive --list");
  assert.ok(listed.includes(digest) && !listed.includes(archive) && !listed.includes(unnamed), listed);
  assert.deepEqual(await removed(), []);
}
