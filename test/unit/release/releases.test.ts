import assert from "node:assert/strict";
import { readDeployed } from "../../../cli/release/deployed.ts";
import { refuseImagesOfOneCluster, withRelease } from "../../../cli/release/promote.ts";
import { goneBack } from "../../../cli/release/rollback.ts";
import { currentOf } from "../../../release/release.ts";
import { resolveSettings } from "../../../settings/index.ts";
import { readKeys } from "../../../settings/read.ts";
import type { FunctionSource, WorkflowSource } from "../../../source/workflow-source.ts";
import { functionYaml } from "../../../source/function-yaml.ts";
import { aRelease, digest } from "./support.ts";

const now = new Date("2026-03-04T05:06:07Z");
const running = ({ number: _, date: __, before: ___, ...content } = aRelease(1)) => content;

describe("releases of a stack", () => {
  it("begin with 1, and each names the one that ran before it", () => {
    const first = withRelease(undefined, running(), now);
    assert.deepEqual(first, { current: 1, releases: [{ ...aRelease(1), date: now.toISOString() }] });
    const second = withRelease(first, running(aRelease(0, { commit: "d".repeat(40) })), now);
    assert.equal(second.current, 2);
    assert.deepEqual(
      second.releases.map(({ number, before }) => [number, before]),
      [
        [2, 1],
        [1, undefined],
      ],
    );
  });

  it("stay as they are where the same is promoted again", () => {
    const first = withRelease(undefined, running(), now);
    assert.equal(withRelease(first, running(aRelease(0, { from: "other" })), new Date()), first);
  });

  it("go back one after another, and on from there", () => {
    const releases = { current: 3, releases: [aRelease(3, { before: 2 }), aRelease(2, { before: 1 }), aRelease(1)] };
    const second = goneBack("prod", releases);
    const first = goneBack("prod", second);
    assert.deepEqual([second.current, first.current], [2, 1]);
    assert.throws(
      () => goneBack("prod", first),
      /stack prod runs release 1, and none ran before it; name another one by --to/,
    );
    assert.equal(goneBack("prod", first, 3).current, 3);
    assert.throws(() => goneBack("prod", releases, 9), /no release 9; releases\/prod\.yaml has: 3, 2, 1/);
    // What was gone back from is not what ran before the next one.
    const next = withRelease(second, running(aRelease(0, { commit: "e".repeat(40) })), now);
    assert.deepEqual([next.current, currentOf(next).before], [4, 2]);
  });
});

describe("the images of a release", () => {
  const settle = (images: Record<string, string>) => {
    const keys = readKeys({ context: "kind-test", externalIp: "192.0.2.7", images: JSON.stringify(images) });
    return resolveSettings(keys, "prod", { context: "kind-test" }, aRelease(4)).images.sources;
  };

  it("are the stack's, which builds none", () => {
    const { python, workflow, fileServer } = aRelease(4).images;
    assert.deepEqual(settle({}), {
      python: { image: python },
      node: { baseImage: "node:24-slim" },
      workflow: { image: workflow },
      fileServer: { image: fileServer },
    });
  });

  it("may come from another registry, but not be others", () => {
    const mirrored = `mirror.example.com/py@sha256:${digest("1")}`;
    assert.deepEqual(settle({ python: mirrored }).python, { image: mirrored });
    const other = `mirror.example.com/py@sha256:${digest("9")}`;
    assert.throws(
      () => settle({ python: other }),
      /knflow:images\.python of stack prod is mirror.*, but its release 4 runs registry.*; name the same image .*@sha256:1{64}, or remove/,
    );
  });
});

describe("images that one cluster alone can pull", () => {
  const local = (letter: string) => `localhost:5000/knflow/x@sha256:${digest(letter)}`;

  it("are refused on another one, all at once, with what mends it", () => {
    const released = { ...aRelease(1).images, python: local("1"), workflow: local("2") };
    assert.throws(
      () => refuseImagesOfOneCluster("dev", "staging", released, {}),
      /^UserError: stack staging is on another cluster.*\n {2}python: localhost:5000\/.*\n {2}workflow: localhost.*\nset knflow:registry of stack dev .* knflow:images of stack staging/,
    );
    refuseImagesOfOneCluster("dev", "staging", released, { python: "r.example.com/p", workflow: "r.example.com/w" });
    refuseImagesOfOneCluster("staging", "prod", aRelease(1).images, {});
  });
});

describe("what a stack's state says of what it runs", () => {
  const archive = (letter: string) => ({ source: { folder: "f" }, object: "o", sha256: digest(letter), size: 1 });
  const pay: FunctionSource = {
    name: "pay",
    settings: functionYaml.parse({ runtime: "python" }),
    secrets: [],
    archive: archive("b"),
    dependencies: undefined,
  };
  const workflows: WorkflowSource[] = [{ name: "orders", archive: archive("a"), functions: [pay] }];
  const state = (python = aRelease(1).images.python) => ({
    deployment: {
      resources: Object.entries({
        "runtime-python": python,
        "workflow-executor": aRelease(1).images.workflow,
        "file-server": aRelease(1).images.fileServer,
      }).map(([name, ref]) => ({
        type: "knflow:runtime:RuntimeImage",
        urn: `urn:pulumi:dev::knflow::knflow:runtime:RuntimeImage::${name}`,
        outputs: { ref },
      })),
    },
  });
  const target = { pythonVersion: "3.12", architecture: "amd64" } as const;

  it("is the images and digests of a release", () => {
    const { images, workflows: expected } = aRelease(1);
    assert.deepEqual(readDeployed("dev", state(), workflows, target), { images, workflows: expected });
  });

  it("is refused where an image may come to be another, with the functions that run in it", () => {
    assert.throws(
      () => readDeployed("dev", state("registry.example.com/py:latest"), workflows, target),
      /stack dev runs images by names that may come to mean others:\n {2}python is registry\.example\.com\/py:latest, for orders\/pay\n/,
    );
  });
});
