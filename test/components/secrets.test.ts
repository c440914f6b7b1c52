import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { existingSecrets, secretVersions } from "../../components/existing-secrets.ts";
import { functionSecrets } from "../../components/function-secrets.ts";
import { UserError } from "../../console/errors.ts";
import { knativeService } from "../../manifests/knative-service.ts";
import type { SecretReference } from "../../source/environment.ts";
import { functionYaml } from "../../source/function-yaml.ts";
import type { FunctionSecret } from "../../source/secrets.ts";
import { recordResources, settled, type AskedResource } from "./mocks.ts";

const canary = "canary-7391";
const secret = (variable: string, from: SecretReference, line = 3): FunctionSecret => ({
  variable,
  from,
  place: { file: "f/function.yaml", line, column: 3 },
});

describe("a function's secrets", () => {
  let asked: AskedResource[];
  beforeEach(() => {
    asked = recordResources();
  });

  const sources = {
    configured: new Map([["token", { value: pulumi.output(canary) }]]),
    existing: pulumi.output<Record<string, string>>({ db: "17", mail: "4" }),
  };
  const owner = { namespace: "knflow-test", workflow: "shop", function: "pay", sources };
  const pay = (secrets: FunctionSecret[]) => functionSecrets("shop-pay-secrets", { ...owner, secrets }, {});

  it("of the configuration are an immutable Kubernetes Secret, to the engine a secret too", async () => {
    const { variables, version } = await settled(pay([secret("TOKEN", { config: "token" })]));
    const [made] = asked;
    assert.equal(made?.type, "kubernetes:core/v1:Secret");
    const { metadata, immutable, stringData } = made.inputs as {
      metadata: object;
      immutable: boolean;
      stringData: Record<string, unknown>;
    };
    assert.equal(immutable, true);
    assert.deepEqual(metadata, {
      namespace: "knflow-test",
      labels: {
        "app.kubernetes.io/managed-by": "knflow",
        "knflow.dev/workflow": "shop",
        "knflow.dev/function": "pay",
      },
    });
    const { value, ...mark } = stringData;
    assert.deepEqual(value, { TOKEN: canary });
    assert.equal(Object.keys(mark).length, 1, "it is marked as secret");
    assert.deepEqual(variables, [
      { name: "TOKEN", valueFrom: { secretKeyRef: { name: "shop-pay-secrets-made", key: "TOKEN" } } },
    ]);
    assert.equal(version, undefined);
  });

  it("of Kubernetes are named, and their versions with them, so that a changed one is a new Revision", async () => {
    const named = [
      secret("A", { secret: "db", key: "user" }),
      secret("B", { secret: "db", key: "password" }),
      secret("C", { secret: "mail", key: "key" }),
    ];
    const secrets = await settled(pay(named));
    assert.deepEqual(asked, []);
    assert.equal(secrets.version, "db:17 mail:4");
    const { spec } = knativeService({
      name: "shop-pay",
      namespace: "knflow-test",
      workflow: "shop",
      function: "pay",
      image: "py@sha256:1",
      archive: { source: { folder: "f" }, object: "shop/pay.zip", sha256: "a".repeat(64), size: 1 },
      codeOrigin: "http://files/data/",
      settings: functionYaml.parse({ runtime: "python" }),
      logLevel: "info",
      runtimeEnv: {},
      secrets,
    });
    assert.equal(spec.template.metadata.annotations["knflow.dev/secret-version"], "db:17 mail:4");
    const env = spec.template.spec.containers[0]?.env ?? [];
    assert.deepEqual(env.slice(-3), secrets.variables);
  });

  it("leave nothing of a value in what the Knative Service is made of", async () => {
    const made = pay([secret("TOKEN", { config: "token" })]);
    assert.ok(!JSON.stringify(await settled(made)).includes(canary));
  });
});

describe("Kubernetes Secrets that are there", () => {
  let folder: string;
  const path = process.env.PATH;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "knflow-test-"));
    const kubectl = join(folder, "kubectl");
    const answers = `case "$*" in
      *"get secret db "*) printf '17 password user' ;;
      *"get secret empty "*) printf '5' ;;
      *"get secret hidden "*) echo 'Error from server (Forbidden): no' >&2; exit 1 ;;
    esac`;
    await writeFile(kubectl, `#!/bin/sh\necho "$@" >>${join(folder, "asked")}\n${answers}\n`);
    await chmod(kubectl, 0o755);
    process.env.PATH = `${folder}${delimiter}${path}`;
  });
  after(async () => {
    process.env.PATH = path;
    await rm(folder, { recursive: true });
  });

  const flags = ["--context", "kind-test"];
  const versions = (...secrets: FunctionSecret[]) => secretVersions(secrets, flags, "knflow-test");

  it("are looked at by their names and versions, each once, never by their values", async () => {
    const found = await versions(
      secret("A", { secret: "db", key: "user" }),
      secret("B", { secret: "db", key: "password" }),
    );
    assert.deepEqual(found, { db: "17" });
    const calls = (await readFile(join(folder, "asked"), "utf8")).trim().split("\n");
    assert.equal(calls.length, 1);
    assert.match(calls[0] ?? "", /^--context kind-test -n knflow-test get secret db .*go-template=/);
    assert.doesNotMatch(calls[0] ?? "", /\$value\}|-o (json|yaml)/);
  });

  it("are told where they or their keys are missing, with the place in function.yaml, all at once", async () => {
    const named = [
      secret("A", { secret: "gone", key: "user" }, 4),
      secret("B", { secret: "db", key: "pass" }, 5),
      secret("C", { secret: "empty", key: "x" }, 6),
    ];
    await assert.rejects(versions(...named), (error: Error) => {
      assert.ok(error instanceof UserError);
      assert.deepEqual(error.message.split("\n"), [
        "f/function.yaml:4:3: secrets.A: there is no Kubernetes Secret gone in namespace knflow-test; create it: " +
          "kubectl -n knflow-test create secret generic gone --from-file=user=<file>",
        "f/function.yaml:5:3: secrets.B: the Kubernetes Secret db in namespace knflow-test has no key pass; its keys are: password, user",
        "f/function.yaml:6:3: secrets.C: the Kubernetes Secret empty in namespace knflow-test has no key x; it has none",
      ]);
      return true;
    });
  });

  it("are told where they cannot be looked at", async () => {
    await assert.rejects(
      versions(secret("A", { secret: "hidden", key: "x" })),
      /the Kubernetes Secret hidden in namespace knflow-test cannot be looked at: Error from server \(Forbidden\)/,
    );
  });

  it("are not looked at where none is named", async () => {
    recordResources();
    const none = existingSecrets([secret("A", { config: "token" })], { context: "kind-test" }, "knflow-test");
    assert.deepEqual(await settled(none), {});
  });
});
