import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { UserError } from "../../../console/errors.ts";
import { readRelease, readReleaseFiles, type ReleaseSource } from "../../../manifests/release-files.ts";

const manifest = "apiVersion: v1\nkind: Namespace\nmetadata: { name: example }\n";
const files = ["serving-crds.yaml", "serving-core.yaml", "kourier.yaml"];
const sum = createHash("sha256").update(manifest).digest("hex");
const pinned = Object.fromEntries(files.map((file) => [file, sum]));

describe("the manifests of a release", () => {
  const cacheHome = process.env.XDG_CACHE_HOME;
  let folder: string;
  let server: Server;
  let location: string;
  let asked: string[];

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
    server = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(request.url === "/gone/kourier.yaml" ? 404 : 200).end(manifest);
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
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "ca-certificates.crt")];
    await execa("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"],
      ...["-keyout", key, "-out", certificate, "-subj", "/CN=mirror", "-addext", "subjectAltName=IP:127.0.0.1"],
    ]);
    const tls = createTlsServer({ key: await readFile(key), cert: await readFile(certificate) }, (_, response) =>
      response.end(manifest),
    );
    await new Promise<void>((resolve) => tls.listen(0, "127.0.0.1", resolve));
    try {
      const signed = { location: `https://127.0.0.1:${(tls.address() as AddressInfo).port}`, sha256: pinned };
      assert.match(await refusal(source(signed)), /cannot be downloaded: self-signed certificate/);
      const { kourier } = await readRelease(source({ ...signed, caBundle: certificate }));
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
});
