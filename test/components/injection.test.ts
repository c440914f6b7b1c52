import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import type { FunctionDependencies } from "../../components/function-dependencies.ts";
import { StoredObjects } from "../../components/stored-objects.ts";
import { Workflow } from "../../components/workflow.ts";
import { knativeService } from "../../manifests/knative-service.ts";
import { tell } from "../../scripts/evidence.ts";
import { functionYaml } from "../../source/function-yaml.ts";
import { hostileText } from "../hostile.ts";
import { recordResources, settled } from "./mocks.ts";

/** All that the program makes commands of: a script of its own, and nothing else. */
const commandLine = /^node (--import \.\/scripts\/compile-cache\.mjs )?commands\/[a-z-]+\.ts$/;

describe("texts with a meaning to shells, YAML and Kubernetes", () => {
  it("reach the environment of commands as they are, and never a command line", async () => {
    let commands = 0;
    await fc.assert(
      fc.asyncProperty(hostileText, async (text) => {
        const asked = recordResources();
        const archive = (name: string) => ({
          source: { folder: `functions/${text}`, only: [text] },
          object: `w/${name}-${text}.zip`,
          sha256: text,
          size: 1,
        });
        const platform = {
          namespace: "knflow-test",
          knative: Promise.resolve([]),
          codeOrigin: "http://files/data/",
          volume: "code-claim",
          stored: new StoredObjects(undefined),
          dependencies: new Map<string, FunctionDependencies>(),
          images: { python: pulumi.output("py"), node: pulumi.output("node"), workflow: pulumi.output("wf") },
          clusterEnvironment: { KNFLOW_CONTEXT: text, KNFLOW_KUBECONFIG: text },
          runStore: undefined,
          secrets: { configured: new Map<string, { value: pulumi.Output<string> }>(), existing: {} },
          logLevel: text,
          logPayloadBytes: 512,
          scale: {},
          workflowPage: true,
          reload: true,
          readyTimeoutSeconds: 90,
        };
        const settings = { ...functionYaml.parse({ runtime: "python" }), handler: text, env: { A: text } };
        const source = {
          name: "w",
          archive: archive("workflow"),
          functions: [{ name: "f", settings, secrets: [], dependencies: undefined, archive: archive("f") }],
        };
        await settled(new Workflow("w", { source, platform }).outputs);
        const made = asked.filter(({ type }) => type === "command:local:Command");
        assert.equal(made.length, 4);
        for (const { inputs } of made) {
          const { create, update, environment, ...rest } = inputs as {
            create: string;
            update?: string;
            environment: Record<string, string>;
          };
          for (const line of [create, update]) if (line !== undefined) assert.match(line, commandLine);
          assert.deepEqual(
            Object.keys(rest).filter((key) => rest[key as never] !== undefined),
            [],
          );
          assert.equal(environment.KNFLOW_CONTEXT, text);
          assert.equal(environment.KNFLOW_KUBECONFIG, text);
          if (create.includes("push-archive")) assert.equal(environment.KNFLOW_SHA256, text);
          commands++;
        }
      }),
      { numRuns: 60 },
    );
    tell(
      "S10",
      `${commands} commands for settings with shells' and YAML's signs: these are in their environment alone`,
    );
  });

  it("reach a container as they are", () => {
    fc.assert(
      fc.property(hostileText, hostileText, (one, other) => {
        const manifest = knativeService({
          ...{ name: "w-f", namespace: "n", workflow: "w", function: "f", image: "i", missed: undefined },
          archive: { source: { folder: "f" }, object: "w/f-1.zip", sha256: "1", size: 1 },
          ...{ dependencies: undefined, codeOrigin: "http://files/", logLevel: "info", secrets: undefined },
          settings: { ...functionYaml.parse({ runtime: "python" }), env: { ONE: one, OTHER: other } },
          runtimeEnv: { KNFLOW_HANDLER: "main.handler" },
        });
        const [container] = manifest.spec.template.spec.containers;
        const env = Object.fromEntries(
          (container?.env ?? []).map((variable) => [variable.name, "value" in variable ? variable.value : ""]),
        );
        assert.equal(expanded(String(env.ONE)), one);
        assert.equal(expanded(String(env.OTHER)), other);
        assert.deepEqual(JSON.parse(JSON.stringify(env)), env, "JSON holds it");
      }),
      { numRuns: 2000 },
    );
    tell("S10", "2,000 variables with $(NAME), $$ and others' signs: a container gets them as they are written");
  });
});

/** What the kubelet makes of a value: k8s.io/kubernetes/third_party/forked/golang/expansion */
function expanded(value: string): string {
  return value.replace(/\$(\$|\(([^)]*)\))/gs, (_, sign: string) => (sign === "$" ? "$" : "(a variable's value)"));
}
