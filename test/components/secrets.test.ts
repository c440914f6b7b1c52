import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { functionSecrets } from "../../components/function-secrets.ts";
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
    existing: { db: "17", mail: "4" },
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
      scale: {},
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
