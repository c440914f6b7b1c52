import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer as createProxy, type Server } from "node:http";
import { createServer } from "node:https";
import { connect, type AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { selfSigned } from "../certificate.ts";
import { releaseManifest } from "../manifests/release-manifest.ts";
import { Clone } from "./clone.ts";

const contentOf = (file: string) => `${releaseManifest}# ${basename(file)}\n`;

/** Release pages behind a proxy, which is the only way to them: a server whose certificate is GitHub's by a CA of the network. */
describe("knflow images manifests --upstream", function () {
  this.timeout(60_000);
  let clone: Clone;
  let pages: Server;
  let proxy: Server;
  let asked: string[];
  let config: Record<string, unknown>;

  beforeEach(async () => {
    clone = new Clone();
    asked = [];
    const { bundle, ...identity } = await selfSigned(clone.folder, "DNS:github.com");
    pages = createServer(identity, ({ url = "" }, response) => {
      asked.push(url);
      response.end(contentOf(url));
    });
    proxy = createProxy().on("connect", ({ url }, client) => {
      asked.push(`CONNECT ${url}`);
      const server = connect((pages.address() as AddressInfo).port, "127.0.0.1", () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        client.pipe(server).pipe(client);
      });
      for (const [one, other] of [
        [client, server],
        [server, client],
      ] as const)
        one.on("error", () => other.destroy());
    });
    for (const server of [pages, proxy]) {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    }
    config = {
      "knflow:context": "mine",
      "knflow:externalIp": "192.0.2.10",
      "knflow:registry": "registry.example.com",
      "knflow:knativeVersion": "1.21.1",
      // What a folder has that was saved before is not what is asked for.
      "knflow:manifests": "release-manifests",
      "knflow:caBundle": bundle,
    };
  });
  afterEach(async () => {
    for (const server of [proxy, pages]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    clone.remove();
  });

  async function save(): Promise<{ exitCode?: number; stdout: string; stderr: string }> {
    clone.write("Pulumi.prod.yaml", stringify({ config }));
    const args = ["cli/knflow.js", "images", "manifests", "--stack", "prod", "--upstream", "--to", "release-manifests"];
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    // Whatever proxy the tests themselves are run behind.
    const proxies = { HTTPS_PROXY: address, https_proxy: address, NO_PROXY: "", no_proxy: "" };
    return execa(process.execPath, args, { cwd: clone.root, env: { ...clone.environment, ...proxies }, reject: false });
  }

  it("names the sum of each file by the commands that set it, and saves the files once they are set", async () => {
    const first = await save();
    assert.equal(first.exitCode, 1);
    const commands = [...first.stderr.matchAll(/pulumi config set --path 'knflow:(\w+)\["(.+?)"\]' ([0-9a-f]{64})/g)];
    assert.deepEqual(commands.map(([, , file = ""]) => file).sort(), [
      "kourier.yaml",
      "serving-core.yaml",
      "serving-crds.yaml",
    ]);
    config["knflow:manifestSha256"] = Object.fromEntries(commands.map(([, , file = "", sum]) => [file, sum]));

    const { exitCode, stdout, stderr } = await save();
    assert.equal(exitCode, 0, stderr);
    const saved = commands.map(([, , file = ""]) => join("release-manifests", file));
    assert.deepEqual(stdout.split("\n").sort(), saved.sort());
    for (const file of saved) assert.equal(readFileSync(join(clone.root, file), "utf8"), contentOf(file));
    assert.deepEqual(parse(readFileSync(join(clone.root, "Pulumi.prod.yaml"), "utf8")), { config });
  });

  it("asks the projects' release pages for the stack's version, through the network's proxy", async () => {
    await save();
    const paths = asked.filter((one) => !one.startsWith("CONNECT"));
    assert.deepEqual(paths.sort(), [
      "/knative-extensions/net-kourier/releases/download/knative-v1.21.1/kourier.yaml",
      "/knative/serving/releases/download/knative-v1.21.1/serving-core.yaml",
      "/knative/serving/releases/download/knative-v1.21.1/serving-crds.yaml",
    ]);
    assert.deepEqual(new Set(asked.filter((one) => one.startsWith("CONNECT"))), new Set(["CONNECT github.com:443"]));
  });
});
