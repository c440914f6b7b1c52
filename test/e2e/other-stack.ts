import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { conformanceFailures, writeConformanceWorkflows } from "./conformance.ts";
import { assertDone, type Finished, type Project } from "./project.ts";
import { Scenarios } from "./scenarios.ts";

const name = "other";
const namespace = `knflow-${name}`;
const volume = "other-code";

/** The images that a stack runs. */
export async function imagesOf(stack: Project, namespace: string): Promise<Record<string, string | undefined>> {
  const { workflows } = await stack.outputs();
  const image = (kind: string, of: string) =>
    stack.kubectl("-n", namespace, "get", kind, of, "-o", "jsonpath={..containers[0].image}");
  return {
    python: workflows.wordcount?.functions.split?.image,
    node: workflows.trip?.functions.flight?.image,
    workflow: await image("services.serving.knative.dev", "wordcount"),
    fileServer: await image("deployment", "nginx-file-server"),
    runStore: await image("deployment", "run-store"),
  };
}

/** Settings of a stack beside a first one on its platform. */
export function besides({ instance }: Project, stack: string, codeVolume: string): Record<string, unknown> {
  return {
    "knflow:context": instance.context,
    "knflow:platform": "external",
    "knflow:externalIp": instance.nodeIp,
    "knflow:codeVolumeName": codeVolume,
    "knflow:codeVolumePath": join(instance.codeVolumePath, `knflow-${stack}`),
  };
}

/** A second stack on the first one's platform, with its images, chosen by context: all that the tables say is deployed there. */
class OtherStack {
  readonly #scenarios = new Scenarios();
  #project: Project | undefined;
  #destroyed: Promise<Finished> | undefined;

  async create(first: Project, firstNamespace: string): Promise<void> {
    const images = await imagesOf(first, firstNamespace);
    const functions = join(first.folder, name, "functions");
    await writeConformanceWorkflows(functions);
    await this.#scenarios.write(functions, first.instance.nodeIp);
    this.#project = await first.addStack(name, {
      "knflow:functions": `${name}/functions`,
      ...besides(first, name, volume),
      "knflow:images": images,
    });
  }

  get #own(): Project {
    assert.ok(this.#project, "the other stack is made first");
    return this.#project;
  }

  /** An update that is killed as soon as a claim is there, and a destroy of what it left. */
  async destroyAfterKilledUpdate(): Promise<void> {
    await this.#own.killedUp("persistentvolumeclaim", `${volume}-claim`);
    await this.#destroy();
    await this.#assertNothingLeft();
  }

  /** Updates that are killed at one point after another; the state of the first ones is lost as well. */
  async killUpdates(): Promise<void> {
    await this.#own.killedUp("secret", "run-store");
    await this.#own.forget();
    await this.#own.killedUp("deployment", "nginx-file-server");
    // From then on archives are pushed.
    await this.#own.killedUp("deployment", "nginx-file-server", "-o", "jsonpath={.status.readyReplicas}");
    await this.#own.killedUp("services.serving.knative.dev", "scenarios");
  }

  /** Deploys over what is there; another update would change nothing. */
  async deploy(): Promise<void> {
    const up = await this.#own.up();
    assertDone(up);
    const preview = await this.#own.pulumi("preview", "--stack", name, "--expect-no-changes");
    assertDone(preview);
  }

  /** @returns what was otherwise than the tables say */
  async failures(): Promise<string[]> {
    const outputs = { ...(await this.#own.outputs()), gatewayUrl: this.#own.instance.gatewayLoopback };
    return [...(await conformanceFailures(outputs)), ...(await this.#scenarios.failures(outputs))];
  }

  /** Begins to destroy it, while other things are tested. */
  beginDestroy(): void {
    this.#destroyed = this.#own.pulumi("destroy", "--yes", "--skip-preview", "--stack", name);
  }

  /** Waits for that, and destroys it once more; what is on its volume stays, by its reclaim policy. */
  async assertDestroyed(): Promise<void> {
    const destroyed = await this.#destroyed;
    assertDone(destroyed);
    await this.#destroy();
    await this.#assertNothingLeft();
    const stored = await readdir(join(this.#own.instance.codeVolumePath, namespace));
    assert.ok(stored.includes("scenarios"), stored.join(", "));
  }

  async end(): Promise<void> {
    await this.#scenarios.close();
    await this.#destroyed;
  }

  async #destroy(): Promise<void> {
    this.beginDestroy();
    const destroyed = await this.#destroyed;
    assertDone(destroyed);
  }

  async #assertNothingLeft(): Promise<void> {
    const left = await this.#own.kubectl("get", "namespaces,persistentvolumes", "-o", "name");
    assert.doesNotMatch(left, new RegExp(`${namespace}|${volume}`));
  }
}

export const otherStack = new OtherStack();
