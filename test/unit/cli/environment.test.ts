import assert from "node:assert/strict";
import { join } from "node:path";
import { pulumiEnvironment } from "../../../cli/environment.ts";
import { projectRoot } from "../../../cli/root.ts";
import { instanceDir } from "../../../cluster/paths.ts";

const instance = { name: "dev", kubeconfig: "/state/kubeconfig", buildxConfig: "/state/buildx" };

describe("the environment of pulumi and kubectl", () => {
  it("for the embedded cluster: its kubeconfig and builder, a backend in its folder, an empty passphrase, the login of the user", () => {
    const environment = pulumiEnvironment({ binDir: "/tools", pulumiHome: "/home-of-plugins" }, instance, {
      PATH: "/usr/bin",
      PULUMI_HOME: "/users-own",
    });
    assert.deepEqual(environment, {
      PATH: `/tools:${join(projectRoot, "node_modules/.bin")}:/usr/bin`,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_HOME: "/home-of-plugins",
      PULUMI_CREDENTIALS_PATH: "/users-own",
      KUBECONFIG: "/state/kubeconfig",
      BUILDX_CONFIG: "/state/buildx",
      PULUMI_BACKEND_URL: `file://${join(instanceDir("dev"), "pulumi")}`,
      PULUMI_DIY_BACKEND_ZSTD: "true",
      PULUMI_CONFIG_PASSPHRASE: "",
    });
  });

  for (const variable of ["PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE"]) {
    it(`leaves the user's ${variable}`, () => {
      assert.ok(!(variable in pulumiEnvironment({ binDir: "/tools" }, instance, { [variable]: "mine" })));
    });
  }

  it("sets no passphrase where the user has one in a file", () => {
    const environment = pulumiEnvironment({ binDir: "/tools" }, instance, { PULUMI_CONFIG_PASSPHRASE_FILE: "/secret" });
    assert.ok(!("PULUMI_CONFIG_PASSPHRASE" in environment));
  });

  it("for another cluster: kubeconfig, backend and passphrase stay the user's", () => {
    const environment = pulumiEnvironment({ binDir: "/tools" }, undefined, {});
    assert.deepEqual(Object.keys(environment), ["PATH", "PULUMI_SKIP_UPDATE_CHECK"]);
  });
});
