import assert from "node:assert/strict";
import { mkdir, symlink, utimes, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { Client } from "undici";
import { sha256 } from "../../archive/zip.ts";
import type { NginxServer } from "./support/nginx.ts";
import { shared } from "./support/setup.ts";
import { waitFor } from "./support/wait.ts";

const content = Buffer.from("an archive, as far as the file server is concerned");
const object = `orders/pack-${sha256(content)}.zip`;

describe("file server", () => {
  let server: NginxServer;
  let client: Client;

  before(async () => {
    server = shared().fileServer;
    // Unlike request(), a client sends paths as they are, `..` included.
    client = new Client(server.url);
    await server.put(object, content);
  });
  after(() => client.close());

  async function ask(path: string, method = "GET", headers: Record<string, string> = {}) {
    const answer = await client.request({ path, method: method, headers });
    return { status: answer.statusCode, headers: answer.headers, body: Buffer.from(await answer.body.arrayBuffer()) };
  }

  it("gives an object, to be kept for ever", async () => {
    const { status, headers, body } = await ask(`/data/${object}`);
    assert.equal(status, 200);
    assert.deepEqual(body, content);
    assert.equal(headers["content-type"], "application/zip");
    assert.equal(headers["cache-control"], "public, max-age=31536000, immutable");
    assert.equal(headers["content-length"], String(content.length));
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers.server, "nginx", "no version");
  });

  it("knows an object by its content, whenever it was pushed last", async () => {
    const etag = `"${sha256(content)}"`;
    for (const time of [1_000_000_000, 2_000_000_000]) {
      await utimes(join(server.uploads, object), time, time);
      const { status, headers } = await ask(`/data/${object}`);
      assert.deepEqual([status, headers.etag, headers["last-modified"]], [200, etag, undefined]);
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
        const again = await ask(`/data/${object}`, "GET", { "if-none-match": known });
        assert.deepEqual([again.status, again.body.length, again.headers.etag], [304, 0, etag], known);
        assert.match(String(again.headers["cache-control"]), /immutable/);
      }
      const other = await ask(`/data/${object}`, "GET", { "if-none-match": `"${sha256(Buffer.from("other"))}"` });
      assert.deepEqual([other.status, other.body], [200, content]);
      const dated = await ask(`/data/${object}`, "GET", { "if-modified-since": new Date(time * 1000).toUTCString() });
      assert.equal(dated.status, 200);
      const part = await ask(`/data/${object}`, "GET", { range: "bytes=3-9", "if-range": etag });
      assert.deepEqual([part.status, part.body.toString()], [206, "archive"]);
    }
  });

  it("gives its headers, a part of it, and says what is there", async () => {
    const head = await ask(`/data/${object}`, "HEAD");
    assert.deepEqual([head.status, head.headers["content-length"]], [200, String(content.length)]);
    const part = await ask(`/data/${object}`, "GET", { range: "bytes=3-9" });
    assert.deepEqual([part.status, part.body.toString()], [206, "archive"]);
    assert.deepEqual((await ask("/health")).body.toString(), '{"status":"ok"}');
    assert.match((await ask("/")).body.toString(), /<title>knflow<\/title>/);
  });

  it("an object that is not there: 404, not to be kept", async () => {
    const { status, headers } = await ask(`/data/orders/none-${sha256(content)}.zip`);
    assert.equal(status, 404);
    assert.equal(headers["cache-control"], undefined);
  });

  for (const path of [
    "/data../etc/passwd",
    "/data/../../etc/passwd",
    "/data/%2e%2e/%2e%2e/etc/passwd",
    "/data/%252e%252e/etc/passwd",
    "/data/..%2f..%2fetc/passwd",
    "/data/..%5c..%5cetc/passwd",
    "/data//etc/passwd",
    "//etc/passwd",
    `//data/${object}`,
    `/data//${object}`,
    `/data/${object}/`,
    `/data/${object}%00`,
    `/data/${object}%0a`,
    `/DATA/${object}`,
    `/uploads/${object}`,
    `/${object}`,
    "/data",
    "/data/",
    "/data/orders",
    "/data/orders/",
    "/data/.incoming/upload.abc123",
    "/data/orders/.hidden",
    "/data/orders/notes.txt",
    `/data/orders/pack-${sha256(content)}.zip.partial`,
    "/nginx.conf",
    "/tmp/nginx.pid",
  ]) {
    it(`GET ${path.replaceAll(/[0-9a-f]{64}/g, "<sha256>")} gives nothing`, async () => {
      await mkdir(join(server.uploads, ".incoming"), { recursive: true });
      for (const file of [".incoming/upload.abc123", "orders/.hidden", "orders/notes.txt"]) {
        await writeFile(join(server.uploads, file), "not to be served");
      }
      await writeFile(join(server.uploads, `${object}.partial`), "not to be served");
      const { status, body } = await ask(path);
      assert.ok([400, 404].includes(status), String(status));
      assert.doesNotMatch(body.toString(), /root:|to be served|an archive|<a href/);
    });
  }

  it("does not follow a link on the volume", async () => {
    const name = `orders/link-${sha256(content)}.zip`;
    await symlink("/etc/passwd", join(server.uploads, name));
    assert.ok([403, 404].includes((await ask(`/data/${name}`)).status));
  });

  for (const method of [
    "POST",
    "PUT",
    "DELETE",
    "PATCH",
    "OPTIONS",
    "COPY",
    "MOVE",
    "MKCOL",
    "PROPFIND",
    "LOCK",
    "TRACE",
  ]) {
    it(`${method} is not allowed`, async () => {
      for (const path of ["/", "/health", `/data/${object}`, "/data/new"]) {
        const length = method === "PUT" ? "Content-Length: 5\r\n" : "";
        assert.match(await raw(`${method} ${path} HTTP/1.1\r\nHost: x\r\n${length}\r\n`), /^HTTP\/1\.1 405 /);
      }
      assert.deepEqual((await ask(`/data/${object}`)).body, content);
    });
  }

  it("a large body is not read", async () => {
    const answer = await raw("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
    assert.match(answer, /^HTTP\/1\.1 413 /);
  });

  it("an upload under way is not there before it is whole", async () => {
    const name = `orders/later-${sha256(content)}.zip`;
    assert.equal((await ask(`/data/${name}`)).status, 404);
    await server.put(name, content);
    assert.equal((await ask(`/data/${name}`)).status, 200, "that it was not there is not remembered");
  });

  it("logs every request as a line of JSON, whatever it is", async () => {
    await ask(`/data/${object}?a="b"&c=%22%0a`, "GET", { "user-agent": '"\\' });
    await raw("\x16\x03\x01 not HTTP\r\n\r\n");
    const lines = await waitFor("the line", async () => {
      const lines = (await server.accessLog()).map((line) => JSON.parse(line) as Record<string, string>);
      return lines.some((line) => line.uri?.includes("%22%0a")) ? lines : undefined;
    });
    for (const line of lines) {
      assert.deepEqual(Object.keys(line), [
        "ts",
        "level",
        "msg",
        "method",
        "uri",
        "status",
        "bytes",
        "seconds",
        "client",
      ]);
      assert.ok(!Number.isNaN(Date.parse(line.ts ?? "")));
    }
  });

  it("has a configuration that nginx finds no fault in", async () => {
    assert.match(await server.test(), /^[^\n]*syntax is ok\n[^\n]*test is successful$/);
  });

  /** The first bytes of the answer to exactly these bytes. */
  function raw(bytes: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(server.url).port), "127.0.0.1", () => socket.write(bytes));
      socket.once("data", (chunk) => {
        socket.destroy();
        resolve(chunk.toString());
      });
      socket.once("error", reject);
    });
  }
});
