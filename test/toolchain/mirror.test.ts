import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { copyImages } from "../../cli/images/copy.ts";
import { withRegistry } from "../../cluster/platform/registry.ts";
import { ensureDebianPackages, ensureTools } from "../../cluster/toolchain/index.ts";
import { UserError } from "../../console/errors.ts";
import { createProgress } from "../../console/progress.ts";
import { mirrored } from "../../manifests/mirror.ts";

describe("images are mirrored from a registry into another", () => {
  let folder: string;
  let program: string;
  const crane = async (...args: string[]) => (await execa(program, args)).stdout.trim();
  const progress = () => createProgress({ logDir: join(folder, "logs") });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "knflow-mirror-"));
    await ensureDebianPackages(["docker-registry"], progress());
    program = (await ensureTools(["crane"], progress())).path("crane");
  });
  after(() => rm(folder, { recursive: true }));

  /** Pushes an image for one platform, and gives its digest. */
  async function push(image: string, text: string, platform: string): Promise<string> {
    const content = join(folder, text);
    await mkdir(content, { recursive: true });
    await writeFile(join(content, "content"), text);
    await execa("tar", ["-cf", `${content}.tar`, "-C", content, "."]);
    await crane("append", "--oci-empty-base", "--new_layer", `${content}.tar`, "--new_tag", image);
    await crane("mutate", image, "--tag", image, "--set-platform", platform);
    return crane("digest", image);
  }

  it("whole, by the same digests, once, and those that fail do not hold up the others", async () => {
    await withRegistry(join(folder, "source"), (source) =>
      withRegistry(join(folder, "mirror"), async (host) => {
        const mirror = `${host}/mirror`;
        const [amd64, arm64] = [`${source}/team/part:amd64`, `${source}/team/part:arm64`];
        await push(amd64, "amd", "linux/amd64");
        await push(arm64, "arm", "linux/arm64");
        const index = `${source}/team/both:1.2`;
        await crane("index", "append", "--manifest", amd64, "--manifest", arm64, "--tag", index);
        const indexDigest = await crane("digest", index);
        const pinned = `${source}/team/single@${await push(`${source}/team/single:tag`, "single", "linux/amd64")}`;

        const copy = (...images: string[]) => copyImages(images, { mirror, crane: program }, progress());
        const first = await copy(index, pinned);
        assert.deepEqual(
          first.map(({ image, copied }) => [image, copied]),
          [index, pinned].map((image) => [image, true]),
        );
        // What the settings and the manifests name in the mirror is there.
        assert.equal(await crane("digest", mirrored(index, mirror)), indexDigest);
        assert.equal(await crane("manifest", mirrored(index, mirror)), await crane("manifest", index));
        assert.equal(await crane("manifest", mirrored(pinned, mirror)), await crane("manifest", pinned));
        for (const platform of ["linux/amd64", "linux/arm64"]) {
          await crane("validate", "--remote", mirrored(index, mirror), "--platform", platform);
        }
        assert.deepEqual(
          (await copy(index, pinned)).map(({ copied }) => copied),
          [false, false],
        );

        // A tag that has moved is copied again.
        await push(index, "moved", "linux/amd64");
        const [moved] = await copy(index);
        assert.equal(moved?.copied, true);
        assert.equal(await crane("digest", mirrored(index, mirror)), await crane("digest", index));

        const missing = `${source}/team/missing:1`;
        const other = `${source}/team/part:arm64`;
        await assert.rejects(copy(missing, other), (error: Error) => {
          assert.ok(error instanceof UserError);
          assert.match(
            error.message,
            /^1 of 2 images could not be mirrored:\n {2}localhost:\d+\/team\/missing:1: .*MANIFEST_UNKNOWN/,
          );
          return true;
        });
        assert.equal(await crane("digest", mirrored(other, mirror)), await crane("digest", other));
        await assert.rejects(
          copyImages([other], { mirror, crane: program, caBundle: join(folder, "no-ca.crt") }, progress()),
          /knflow:caBundle names .*no-ca.crt, which is not there/,
        );
      }),
    );
  });
});
