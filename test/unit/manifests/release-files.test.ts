import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../../console/errors.ts";
import { readRelease, readReleaseFiles, type ReleaseSource } from "../../../manifests/release-files.ts";
import { selfSigned } from "../certificate.ts";

const manifest = "apiVersion: v1\nkind: Namespace\nmetadata: { name: example }\n";
/** A manifest as releases publish it, which states its version. */
const manifestOf = (version: string) =>
  `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: example\n  labels:\n    app.kubernetes.io/version: "${version}"\n`;
const files = ["serving-crds.yaml", "serving-core.yaml", "kourier.yaml"];
const sumOf = (text: string) => createHash("sha256").update(text).digest("hex");
const pins = (text: string) => Object.fromEntries(files.map((file) => [file, sumOf(text)]));
const sum = sumOf(manifest);
const pinned = pins(manifest);

describe("the manifests of a release", () => {
  const cacheHome = process.env.XDG_CACHE_HOME;
  let folder: string;
  let server: Server;
  let location: string;
  let asked: string[];
  let published: string;

  const source = (more: Partial<ReleaseSource>): ReleaseSource => ({
    knativeVersion: "1.21.0",
    kourierVersion: "1.21.0",
    location,
    sha256: {},
    ...more,
  });
  const refusal = async (from: ReleaseSource): Promise<string> => {
    const error = await readRelease(from).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof UserError, String(error));
    return error.message;
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "knflow-release-"));
    process.env.XDG_CACHE_HOME = join(folder, "cache");
    asked = [];
    published = manifest;
    server = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(request.url === "/gone/kourier.yaml" ? 404 : 200).end(published);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    location = `http://127.0.0.1:${(server.address() as AddressInfo).port}/knative`;
  });
  afterEach(async () => {
    if (cacheHome === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = cacheHome;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  it("are downloaded once where their sums are pinned", async () => {
    for (let turn = 0; turn < 2; turn++) {
      const { crds, core, kourier } = await readRelease(source({ sha256: pinned }));
      for (const [object] of [crds, core, kourier]) assert.equal(object?.metadata.name, "example");
    }
    assert.deepEqual(asked.sort(), files.map((file) => `/knative/${file}`).sort());
  });

  it("without a sum are refused all at once, with the sum of what was found and how to pin it", async () => {
    const message = await refusal(source({}));
    for (const file of files) {
      assert.ok(message.includes(`pulumi config set --path 'knflow:manifestSha256["${file}"]' ${sum}`), message);
    }
  });

  it("are given as they are published, to be kept", async () => {
    const texts = await readReleaseFiles(source({ sha256: pinned }));
    assert.deepEqual(texts, Object.fromEntries(files.map((file) => [file, manifest])));
  });

  it("are downloaded from a server that a CA of the network has signed, where its bundle is named", async () => {
    const { bundle, ...identity } = await selfSigned(folder, "IP:127.0.0.1");
    const tls = createTlsServer(identity, (_, response) => response.end(manifest));
    await new Promise<void>((resolve) => tls.listen(0, "127.0.0.1", resolve));
    try {
      const signed = { location: `https://127.0.0.1:${(tls.address() as AddressInfo).port}`, sha256: pinned };
      assert.match(await refusal(source(signed)), /cannot be downloaded: self-signed certificate/);
      const { kourier } = await readRelease(source({ ...signed, caBundle: bundle }));
      assert.equal(kourier[0]?.metadata.name, "example");
    } finally {
      tls.closeAllConnections();
      await new Promise((resolve) => tls.close(resolve));
    }
  });

  it("with another sum are refused, and so is what cannot be had", async () => {
    const other = "0".repeat(64);
    const message = await refusal(source({ sha256: { ...pinned, "kourier.yaml": other } }));
    assert.match(message, new RegExp(`kourier.yaml has the sha256 ${sum}, but knflow:manifestSha256 pins ${other}`));
    const gone = await refusal(source({ location: location.replace("knative", "gone"), sha256: pinned }));
    assert.match(gone, /kourier\.yaml answered 404.*set knflow:manifests/);
  });

  it("are read from a folder as they are, and each that is missing there is named", async () => {
    const message = await refusal(source({ location: folder }));
    for (const file of files) assert.match(message, new RegExp(`has no ${join(folder, file)}; put the release's`));
    for (const file of files) await writeFile(join(folder, file), manifest);
    assert.equal((await readRelease(source({ location: folder }))).kourier.length, 1);
    assert.deepEqual(asked, []);
  });

  it("of another version are not taken from the cache: the new ones are asked for, and how to pin them is told", async () => {
    published = manifestOf("1.21.0");
    const old = pins(published);
    await readRelease(source({ sha256: old }));
    published = manifestOf("1.21.1");
    const upgraded = { knativeVersion: "1.21.1", kourierVersion: "1.21.1" };
    const message = await refusal(source({ ...upgraded, sha256: old }));
    for (const file of files) {
      const command = `pulumi config set --path 'knflow:manifestSha256["${file}"]' ${sumOf(published)}`;
      assert.ok(message.includes(command), message);
    }
    const { core } = await readRelease(source({ ...upgraded, sha256: pins(published) }));
    assert.deepEqual(core[0]?.metadata.labels, { "app.kubernetes.io/version": "1.21.1" });
  });

  it("of another version are refused where an address still gives them, pinned or not", async () => {
    published = manifestOf("1.21.0");
    for (const sha256 of [{}, pins(published)]) {
      const message = await refusal(source({ knativeVersion: "1.21.1", sha256 }));
      assert.ok(
        message.includes(
          `${location}/serving-core.yaml is of Knative Serving 1.21.0, but knflow:knativeVersion is 1.21.1`,
        ),
        message,
      );
      assert.ok(!message.includes('manifestSha256["serving-core.yaml'), message);
    }
  });

  it("of another version are refused in a folder, with the commands that mend it", async () => {
    for (const file of files) await writeFile(join(folder, file), manifestOf("1.21.0"));
    const message = await refusal(source({ location: folder, knativeVersion: "1.21.1" }));
    for (const file of ["serving-crds.yaml", "serving-core.yaml"])
      assert.ok(message.includes(join(folder, file)), message);
    assert.ok(!message.includes("kourier.yaml"), message);
    assert.match(message, /is of Knative Serving 1\.21\.0, but knflow:knativeVersion is 1\.21\.1/);
    assert.match(message, /npx knflow images manifests --upstream --to/);
    assert.match(message, /pulumi config set knflow:knativeVersion 1\.21\.0/);
    assert.match(
      await refusal(source({ location: folder, kourierVersion: "1.21.1" })),
      /kourier\.yaml is of net-kourier 1\.21\.0, but knflow:kourierVersion .*is 1\.21\.1.*knflow:kourierVersion 1\.21\.0$/,
    );
  });
});
