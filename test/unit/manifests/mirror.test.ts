import assert from "node:assert/strict";
import fc from "fast-check";
import {
  copyTarget,
  imagesOf,
  isRegistryAddress,
  mirrored,
  parseImage,
  withMirror,
} from "../../../manifests/mirror.ts";
import { parseManifest } from "../../../manifests/release.ts";
import { imagesIn } from "../../image-references.ts";
import { releaseManifest } from "./release-manifest.ts";

const mirror = "registry.example.com:5000/mirror";
const hex = (letter: string) => letter.repeat(64);

const word = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,4})?$/);
const host = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom("gcr.io", "localhost", "localhost:5000", "docker.io", "Registry.example.com:443"),
);
const reference = fc
  .record({
    host,
    path: fc.array(word, { minLength: 1, maxLength: 3 }),
    tag: fc.option(fc.stringMatching(/^\w[\w.-]{0,10}$/), { nil: undefined }),
    digest: fc.option(fc.stringMatching(/^[0-9a-f]{64}$/), { nil: undefined }),
  })
  .map(({ host, path, tag, digest }) => {
    const name = [...(host === undefined ? [] : [host]), ...path].join("/");
    return name + (tag === undefined ? "" : `:${tag}`) + (digest === undefined ? "" : `@sha256:${digest}`);
  });

describe("a mirror", () => {
  it("has images by their registry and path, short names by what Docker makes of them", () => {
    const cases = {
      "postgres:17": "docker.io/library/postgres:17",
      "envoyproxy/envoy:v1.34": "docker.io/envoyproxy/envoy:v1.34",
      "index.docker.io/library/node:24-slim": "docker.io/library/node:24-slim",
      "localhost/a": "localhost/a",
      "localhost:5000/a/b:1": "localhost_5000/a/b:1",
      [`gcr.io/knative-releases/queue@sha256:${hex("a")}`]: `gcr.io/knative-releases/queue@sha256:${hex("a")}`,
      [`quay.io/a/b:v1@sha256:${hex("b")}`]: `quay.io/a/b:v1@sha256:${hex("b")}`,
    };
    for (const [image, expected] of Object.entries(cases))
      assert.equal(mirrored(image, mirror), `${mirror}/${expected}`);
  });

  it("keeps tag and digest of any image, and takes none twice", () => {
    fc.assert(
      fc.property(reference, (image) => {
        const there = mirrored(image, mirror);
        assert.equal(mirrored(there, mirror), there);
        const [before, after] = [parseImage(image), parseImage(there)];
        assert.deepEqual([after.tag, after.digest], [before.tag, before.digest]);
        assert.equal(after.host, "registry.example.com:5000");
        assert.equal(after.path, `mirror/${before.host.replace(":", "_")}/${before.path}`);
        // What is copied there is found there, by a tag that no clean-up takes for garbage.
        const target = parseImage(copyTarget(image, mirror));
        assert.deepEqual([target.host, target.path, target.digest], [after.host, after.path, undefined]);
        assert.match(target.tag ?? "", /^\w[\w.-]{0,127}$/);
        assert.ok(before.tag === undefined || target.tag === before.tag);
      }),
    );
  });

  it("is a registry's address", () => {
    for (const good of ["registry.example.com", "localhost:5000", "registry:5000/a", "harbor.example.com/mirror/a_b"]) {
      assert.ok(isRegistryAddress(good), good);
    }
    for (const bad of ["mirror", "team/mirror", "https://r.example.com", "r.example.com/", "r.example.com/A", ""]) {
      assert.ok(!isRegistryAddress(bad), bad);
    }
  });

  it("gives every image of a release, and nothing else of it is touched", () => {
    const objects = parseManifest("release.yaml", releaseManifest);
    const before = imagesIn(objects);
    assert.equal(before.length, 7);
    assert.deepEqual(imagesOf(objects), before);
    const moved = withMirror(objects, mirror);
    assert.deepEqual(imagesIn(moved), before.map((image) => mirrored(image, mirror)).sort());
    const back = JSON.stringify(moved).replaceAll(`"${mirror}/`, '"');
    assert.equal(back, JSON.stringify(objects).replaceAll('"envoyproxy/', '"docker.io/envoyproxy/'));
    assert.deepEqual(withMirror(objects, undefined), objects);
  });
});
