import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { builderFindings } from "../../../cli/doctor/builder.ts";
import { processorFindings, versionFindings } from "../../../cli/doctor/cluster.ts";
import { describeFindings } from "../../../cli/doctor/finding.ts";
import { judgeFunctions } from "../../../cli/doctor/functions.ts";
import { judge } from "../../../cli/doctor/network.ts";
import { probePod } from "../../../cli/doctor/probe-pod.ts";
import { pythonFinding } from "../../../cli/doctor/tools.ts";
import { readKeys } from "../../../settings/read.ts";
import { podFaults } from "../../e2e/pod-security.ts";
import { Clone } from "./clone.ts";

describe("knflow doctor", () => {
  for (const [allowed, stranger, state, said] of [
    ["reached", "denied", "ok", /are enforced/],
    ["reached", "reached", "warning", /this cluster's network does not enforce NetworkPolicies/],
    ["denied", "denied", "problem", /functions cannot start/],
    ["denied", "reached", "problem", /functions cannot start/],
    ["no-address", "no-address", "problem", /does not find the file server's name/],
    ["reached", "no-address", "unknown", /no-address/],
    ["nothing within 45 s (ImagePullBackOff)", "denied", "unknown", /ImagePullBackOff/],
    ["pods is forbidden", "pods is forbidden", "unknown", /pods is forbidden/],
  ] as const) {
    it(`says "${state}" of policies where a function's pod is told "${allowed}", a stranger "${stranger}"`, () => {
      const finding = judge({ function: allowed, stranger });
      assert.equal(finding.state, state);
      assert.match(finding.seen, said);
      assert.equal(finding.fix === undefined, state === "ok");
    });
  }

  it("warns of a cluster that is too old for the Knative that is to be installed", () => {
    const managed = readKeys({ context: "mine", externalIp: "192.0.2.10" });
    const [finding] = versionFindings("v1.32.9+k3s1", managed);
    assert.deepEqual([finding?.state, finding?.name], ["warning", "version"]);
    assert.match(finding?.seen ?? "", /v1\.32\.9\+k3s1: 1\.21 asks for 1\.33 or later/);
    for (const version of ["v1.33.0", "v1.34.2-gke.5"]) assert.deepEqual(versionFindings(version, managed), []);
    assert.deepEqual(versionFindings("v1.30.0", { ...managed, platform: "external" }), []);
  });

  it("tells of nodes for which no image is built", () => {
    const own = { architecture: undefined, embedded: undefined };
    assert.deepEqual(processorFindings(["amd64", "amd64"], own), []);
    assert.deepEqual(processorFindings(["arm64"], { ...own, architecture: "arm64" }), []);
    assert.deepEqual(processorFindings(["arm64"], { ...own, embedded: "dev" }), []);
    const [finding] = processorFindings(["amd64", "arm64", "arm64"], own);
    assert.deepEqual([finding?.state, finding?.name], ["warning", "processors"]);
    assert.match(finding?.seen ?? "", /^some are arm64, but images are built .* for amd64/);
    assert.match(finding?.fix ?? "", /^pulumi config set knflow:architecture arm64,/);
  });

  describe("of what builds images", () => {
    const path = process.env.PATH;
    let bin: string;
    beforeEach(() => {
      bin = mkdtempSync(join(tmpdir(), "knflow-docker-"));
      process.env.PATH = bin;
    });
    afterEach(() => {
      process.env.PATH = path;
      rmSync(bin, { recursive: true });
    });
    const mine = { context: "mine", externalIp: "192.0.2.10" };

    const builder = (name: string, driver: string) => `echo 'Name: ${name}'; echo 'Driver: ${driver}'`;
    for (const [what, buildx, engine, state, seen] of [
      ["names the builder that buildx has chosen", builder("team", "remote"), "exit 1", "ok", /^team, by buildx$/],
      ["names the engine where buildx is not there", "exit 1", "echo 28.2.2", "ok", /^Docker 28\.2\.2$/],
      [
        "warns of a builder that is away, engine or not",
        `${builder("old", "remote")}; echo 'Error: no route'`,
        "echo 28",
        "warning",
        /builder old, .* does not answer/,
      ],
      [
        "warns of an engine that is away",
        `${builder("default", "docker")}; echo 'Error: no daemon'`,
        "exit 1",
        "warning",
        /no Docker engine answers/,
      ],
    ] as const) {
      it(what, async () => {
        const script = `#!/bin/sh\ncase "$1" in buildx) ${buildx};; version) ${engine};; esac\n`;
        writeFileSync(join(bin, "docker"), script, { mode: 0o755 });
        const [finding] = await builderFindings(readKeys(mine));
        assert.equal(finding?.state, state);
        assert.match(finding?.seen ?? "", seen);
      });
    }

    it("warns where there is none, unless none is needed", async () => {
      const [finding] = await builderFindings(readKeys(mine));
      assert.deepEqual([finding?.state, finding?.name], ["warning", "image builder"]);
      assert.match(finding?.fix ?? "", /docker buildx create --driver remote --use .*knflow:images/);
      const image = `registry.example.com/python@sha256:${"0".repeat(64)}`;
      const images = { python: image, node: image, workflow: image, fileServer: image };
      assert.deepEqual(await builderFindings(readKeys({ ...mine, images: JSON.stringify(images) })), []);
      assert.deepEqual(await builderFindings(readKeys({ embedded: "dev" })), []);
    });
  });

  describe("of Python", () => {
    const named = process.env.KNFLOW_PYTHON;
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "knflow-python-"));
      process.env.KNFLOW_PYTHON = join(folder, "python");
    });
    afterEach(() => {
      if (named === undefined) delete process.env.KNFLOW_PYTHON;
      else process.env.KNFLOW_PYTHON = named;
      rmSync(folder, { recursive: true });
    });
    const python = (script: string) => writeFileSync(join(folder, "python"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

    it("tells version and path", async () => {
      python('case "$2" in *venv*) echo 3.12.1;; *) echo "$0";; esac');
      assert.deepEqual(await pythonFinding(), {
        area: "tools",
        name: "python",
        state: "ok",
        seen: `3.12.1, ${join(folder, "python")}`,
      });
    });

    it("warns where it is not there, too old, or without what makes virtual environments", async () => {
      assert.deepEqual([(await pythonFinding()).state, (await pythonFinding()).fix], ["warning", "name another one"]);
      python('case "$2" in *venv*) exit 1;; *) echo "$0";; esac');
      const { state, seen, fix } = await pythonFinding();
      assert.deepEqual([state, seen], ["warning", `${join(folder, "python")}, without venv`]);
      assert.match(fix ?? "", /apt-get install python3-venv/);
    });
  });

  describe("of a stack by its full name", () => {
    let clone: Clone;
    beforeEach(() => (clone = new Clone()));
    afterEach(() => clone.remove());

    const doctor = () =>
      execa(process.execPath, [join(clone.root, "cli", "knflow.js"), "doctor", "--stack", "org/knflow/dev"], {
        env: clone.environment,
        cwd: clone.root,
        reject: false,
      });

    it("looks into the namespace that it is deployed to", async () => {
      clone.write("Pulumi.dev.yaml", "config:\n  knflow:context: mine\n  knflow:kubeconfig: ../kubeconfig\n");
      clone.write("../kubeconfig", "contexts: [{name: mine}]\n");
      const server = { serverVersion: { gitVersion: "v1.34.2" }, clientVersion: { gitVersion: "v1.34.2" } };
      const answers = `*" version "*|version*) echo '${JSON.stringify(server)}';; *) echo '{"items": []}';;`;
      clone.tool("kubectl", `case "$*" in ${answers} esac`);
      assert.match((await doctor()).stdout, /cluster +namespace +knflow-dev is not there/);
    });

    it("names the file of its settings where they are wrong", async () => {
      clone.write("Pulumi.dev.yaml", "config:\n  knflow:platform: none\n");
      assert.match((await doctor()).stdout, /fix: mend Pulumi\.dev\.yaml; /);
    });
  });

  it("names the functions that are broken, and not those that are being updated", () => {
    const shop = { name: "shop", state: "ready" } as const;
    assert.equal(judgeFunctions([shop, { name: "shop/pay", state: "updating" }], "dev").state, "ok");
    assert.deepEqual(judgeFunctions([shop, { name: "shop/pay", state: "not ready" }], "prod"), {
      area: "functions",
      name: "services",
      state: "problem",
      seen: "not ready: shop/pay",
      fix: '"npx knflow status --stack prod" says why, and what serves meanwhile',
    });
  });

  it("tries with pods that the namespace admits", () => {
    for (const role of ["function", "stranger"] as const) {
      const { metadata, spec } = probePod({ namespace: "n", role, run: "1", image: "i" });
      assert.deepEqual(podFaults({ metadata, spec: { ...spec, volumes: [] } }), []);
      assert.equal("knflow.dev/workflow" in metadata.labels, role === "function");
    }
  });

  it("tells of findings one a line, with what mends them, and sums up", () => {
    const text = describeFindings([
      { area: "tools", name: "kubectl", state: "ok", seen: "1.34.2" },
      { area: "network", name: "NetworkPolicies", state: "warning", seen: "are off", fix: "turn them on" },
    ]);
    assert.equal(
      stripVTControlCharacters(text),
      [
        "ok       tools    kubectl          1.34.2",
        "warning  network  NetworkPolicies  are off",
        "                                   fix: turn them on",
        "",
        "no problems, 1 warning",
        "",
      ].join("\n"),
    );
  });
});
