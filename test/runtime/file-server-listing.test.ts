import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "undici";
import { sha256 } from "../../archive/zip.ts";
import { NginxServer } from "./support/nginx.ts";
import { shared } from "./support/setup.ts";

const content = Buffer.from("an archive");
const file = `pack-${sha256(content)}.zip`;

describe("file server with a listing", () => {
  let server: NginxServer;
  let client: Client;

  before(async () => {
    server = await NginxServer.start(join(shared().folder, "listing"), { listing: true });
    client = new Client(server.url);
    await server.put(`orders/${file}`, content);
    await mkdir(join(server.uploads, ".incoming"));
    await writeFile(join(server.uploads, ".incoming/upload.abc123"), "not to be seen");
    await symlink("/etc", join(server.uploads, "link"));
  });
  after(async () => {
    await client.close();
    await server.stop();
  });

  async function ask(path: string, method = "GET") {
    const answer = await client.request({ path, method: method });
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  }

  async function list(path: string) {
    const { status, headers, text } = await ask(path);
    assert.deepEqual(
      [status, headers["content-type"], headers["cache-control"]],
      [200, "application/json", "no-store"],
    );
    return (JSON.parse(text) as { name: string; type: string; size?: number }[]).map(({ name, type, size }) => [
      name,
      type,
      size,
    ]);
  }

  it("has a configuration that nginx finds no fault in", async () => {
    assert.match(await server.test(), /^[^\n]*syntax is ok\n[^\n]*test is successful$/);
  });

  it("lists workflows, and a workflow's archives; uploads under way are not among them", async () => {
    assert.deepEqual(
      (await list("/data/")).filter(([name]) => name !== "link"),
      [["orders", "directory", undefined]],
    );
    assert.deepEqual(await list("/data/orders/"), [[file, "file", content.length]]);
  });

  it("gives the archives as it does without", async () => {
    const { status, headers, text } = await ask(`/data/orders/${file}`);
    assert.deepEqual([status, text], [200, content.toString()]);
    assert.equal(headers["cache-control"], "public, max-age=31536000, immutable");
  });

  for (const path of [
    "/",
    "/data",
    "/data/orders",
    "/data/none/",
    "/data//",
    "/data/../",
    "/data/../../etc/",
    "/data/%2e%2e/",
    "/data/..%2f/",
    "/data/.incoming/",
    "/data/link/",
    "/data/orders/%0a",
    "/data/Orders/",
    "/data../",
    "/uploads/",
    "/tmp/",
  ]) {
    it(`GET ${path} lists nothing`, async () => {
      const { status, headers, text } = await ask(path);
      // The first page is what nginx takes /data/../ for.
      assert.ok([400, 403, 404].includes(status) || text.includes("<title>knflow</title>"), String(status));
      assert.notEqual(headers["content-type"], "application/json");
      assert.doesNotMatch(text, /passwd|upload\.abc|orders/);
    });
  }

  it("a listing cannot be written to", async () => {
    for (const method of ["POST", "PUT", "DELETE", "MKCOL"]) assert.equal((await ask("/data/", method)).status, 405);
  });
});
