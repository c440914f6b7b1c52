import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { versions } from "../../../cluster/versions.ts";

const root = resolve(import.meta.dirname, "..", "..", "..");
const read = (...path: string[]) => readFileSync(join(root, ...path), "utf8");

describe("the pinned versions", () => {
  it("are those of the Go modules that the tools are built from", () => {
    for (const [folder, module, version] of [
      ["pulumi", "github.com/pulumi/pulumi/pkg/v3", versions.pulumi],
      ["pulumi-language-nodejs", "github.com/pulumi/pulumi/sdk/v3", versions.pulumiLanguageNodejs],
      ["docker-build", "github.com/pulumi/pulumi-docker-build", versions.pulumiDockerBuild],
      ["etcd", "go.etcd.io/etcd/server/v3", versions.etcd],
      ["kubernetes", "k8s.io/kubernetes", versions.kubernetes],
      ["coredns", "github.com/coredns/coredns", versions.coredns],
      ["network-policies", "github.com/cloudnativelabs/kube-router/v2", versions.kubeRouter],
      ["buildkit", "github.com/moby/buildkit", versions.buildkit],
      ["ko", "github.com/google/ko", versions.ko],
      ["crane", "github.com/google/go-containerregistry", versions.crane],
      ["actionlint", "github.com/rhysd/actionlint", versions.actionlint],
    ] as const) {
      const pinned = read("cluster", "toolchain", "go", folder, "go.mod");
      assert.match(pinned, new RegExp(`^\\s*(?:require )?${module} v${version}(?: |$)`, "m"), folder);
    }
    assert.match(read("cluster", "command-plugin", "main.go"), new RegExp(`version = "${versions.pulumiCommand}"`));
  });

  it("of the plugins are those of the packages that the program uses", () => {
    const { dependencies } = JSON.parse(read("package.json")) as { dependencies: Record<string, string> };
    assert.equal(dependencies["@pulumi/kubernetes"], versions.pulumiKubernetes);
    assert.equal(dependencies["@pulumi/command"], versions.pulumiCommand);
    assert.equal(dependencies["@pulumi/docker-build"], versions.pulumiDockerBuild);
    assert.equal(dependencies["@pulumi/pulumi"], versions.pulumi);
  });
});
