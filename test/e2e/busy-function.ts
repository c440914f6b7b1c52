import assert from "node:assert/strict";
import { packZip, sha256 } from "../../archive/zip.ts";
import { PushSession } from "../../cli/watch/push-session.ts";
import { ClusterApi, servicesPath } from "../../commands/cluster-api.ts";
import { Watched } from "../../commands/watch.ts";
import { digestAnnotation, labels } from "../../manifests/labels.ts";
import { waitFor } from "../runtime/support/wait.ts";
import type { Project } from "./project.ts";

/** Parts of a Knative Service that are changed here. */
interface ServiceObject {
  metadata: { name: string; namespace: string; labels: Record<string, string>; annotations?: Record<string, string> };
  readonly spec: {
    readonly template: {
      metadata: { name?: string; labels: Record<string, string>; annotations: Record<string, string> };
      readonly spec: { timeoutSeconds: number; readonly containers: { env: { name: string; value?: string }[] }[] };
    };
  };
}

interface SeenService {
  readonly metadata: { readonly name: string };
  readonly status?: ServiceStatus;
}

interface ServiceStatus {
  readonly traffic?: readonly { readonly revisionName: string }[];
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

/** What a {@link BusyFunction} does with `{"sleep": seconds}` and `{"exit": true}`. */
const code = (version: number) => `import os, time

def handler(event):
    if event.get("exit"):
        os._exit(3)
    time.sleep(event.get("sleep", 0))
    return {"version": ${version}}
`;

/** Seconds that one call of it may take. */
export const busyTimeout = 8;

/** How busy functions are changed: by one process each, since a kubectl for every step would take the processors from Pods. */
export class BusyAccess {
  readonly api: ClusterApi;
  readonly push: PushSession;
  /** All Knative Services of the namespace. */
  readonly services: Watched<SeenService>;

  private constructor(api: ClusterApi, push: PushSession, services: Watched<SeenService>) {
    this.api = api;
    this.push = push;
    this.services = services;
  }

  static async open({ env }: Project, namespace: string): Promise<BusyAccess> {
    const access = { flags: [], environment: env };
    const api = await ClusterApi.open(access);
    const path = servicesPath(namespace);
    return new BusyAccess(
      api,
      new PushSession(namespace, access),
      new Watched(api, { path, query: {} }, () => undefined),
    );
  }

  async close(): Promise<void> {
    this.push.close();
    this.services.end();
    await this.api.close();
  }
}

/**
 * A function that faults are tried on: made like those of the stack, but not by its program, which would take longer to change
 * it than the faults are to last.
 */
export class BusyFunction {
  readonly name: string;
  readonly #project: Project;
  readonly #access: BusyAccess;
  readonly #namespace: string;
  /** Environment of its runtime that those of the stack do not have. */
  readonly #more: Readonly<Record<string, string>>;
  #host: string | undefined;
  /** What it is made like, as JSON. */
  #model: string | undefined;
  /** The last one that was applied. */
  #version = 0;

  constructor(
    project: Project,
    access: BusyAccess,
    namespace: string,
    name: string,
    more: Readonly<Record<string, string>> = {},
  ) {
    this.#project = project;
    this.#access = access;
    this.#namespace = namespace;
    this.#more = more;
    this.name = name;
  }

  /** The value of the Host header by which the gateway finds it. */
  async host(): Promise<string> {
    // It stays the same: a load asks for it with each request.
    if (this.#host === undefined) {
      const url = await this.#kubectl("get", "services.serving.knative.dev", this.name, "-o", "jsonpath={.status.url}");
      this.#host = new URL(url).host;
    }
    return this.#host;
  }

  /** Pushes code of a version, and has a Revision of its own run it. */
  async apply(version: number, pods: number): Promise<void> {
    this.#version = version;
    const archive = await packZip([{ path: "main.py", content: Buffer.from(code(version)) }]);
    const digest = sha256(archive);
    const object = `wordcount/${this.name}-${digest}.zip`;
    await this.#access.push.push(object, digest, archive);

    this.#model ??= await this.#kubectl("get", "services.serving.knative.dev", "wordcount-split", "-o", "json");
    const service = JSON.parse(this.#model) as ServiceObject;
    const { template } = service.spec;
    const own = { ...service.metadata.labels, [labels.function]: this.name };
    service.metadata = { name: this.name, namespace: this.#namespace, labels: own };
    template.metadata = {
      name: this.revision(version),
      labels: own,
      annotations: {
        ...template.metadata.annotations,
        "autoscaling.knative.dev/min-scale": String(pods),
        "autoscaling.knative.dev/max-scale": String(pods),
        [digestAnnotation]: digest,
      },
    };
    template.spec.timeoutSeconds = busyTimeout + 2;
    const changed: Record<string, string> = {
      FAASIT_FUNC_NAME: this.name,
      FAASIT_CODE_DIR: object,
      KNFLOW_CODE_SHA256: digest,
      KNFLOW_TIMEOUT_SECONDS: String(busyTimeout),
    };
    for (const container of template.spec.containers) {
      const same = container.env.map((one) => ({ ...one, value: changed[one.name] ?? one.value ?? "" }));
      container.env = [...same, ...Object.entries(this.#more).map(([name, value]) => ({ name, value }))];
    }
    await this.#access.api.apply(servicesPath(this.#namespace, this.name), "test", { ...service, status: undefined });
  }

  /** Waits until a version serves. */
  async serves(version: number): Promise<void> {
    await this.#is(`version ${version} to serve`, ({ traffic, conditions }) => {
      const ready = conditions?.find(({ type }) => type === "Ready")?.status === "True";
      return ready && traffic?.[0]?.revisionName === this.revision(version);
    });
  }

  /** Waits until Knative says that requests go to a version; the gateway may be told a moment later. */
  async routed(version: number): Promise<void> {
    await this.#is(`version ${version} to be routed`, (status) => {
      return status.traffic?.[0]?.revisionName === this.revision(version);
    });
  }

  /** The Pods of its last version that nobody has told to end. */
  async pods(): Promise<string[]> {
    const selector = `serving.knative.dev/revision=${this.revision(this.#version)}`;
    const { items } = JSON.parse(await this.#kubectl("get", "pods", "-l", selector, "-o", "json")) as {
      items: readonly { metadata: { name: string; deletionTimestamp?: string } }[];
    };
    return items.flatMap(({ metadata }) => (metadata.deletionTimestamp === undefined ? [metadata.name] : []));
  }

  /** A Pod other than that one whose code has been loading for some seconds, in its first container. */
  async podThatStarts(other: string, seconds: number): Promise<string | undefined> {
    const [pod] = (await this.pods()).filter((name) => name !== other);
    if (pod === undefined) return undefined;
    const container = '{.status.containerStatuses[?(@.name=="user-container")]';
    const path = `jsonpath=${container}.state.running.startedAt} ${container}.restartCount}`;
    const [startedAt, restarts] = (await this.#kubectl("get", "pod", pod, "-o", path)).split(" ");
    assert.notEqual(restarts, "1", "it did not wait for the file server");
    return startedAt && Date.now() - Date.parse(startedAt) > seconds * 1000 ? pod : undefined;
  }

  /** What the first container of a Pod other than that one said when it gave up, if it did. */
  async podThatGaveUp(other: string): Promise<string | undefined> {
    const [pod] = (await this.pods()).filter((name) => name !== other);
    if (pod === undefined) return undefined;
    const status = '{.status.containerStatuses[?(@.name=="user-container")]';
    return (
      (await this.#kubectl("get", "pod", pod, "-o", `jsonpath=${status}.lastState.terminated.message}`)) || undefined
    );
  }

  async remove(): Promise<void> {
    await this.#kubectl("delete", "services.serving.knative.dev", this.name, "--ignore-not-found", "--wait=true");
  }

  async #is(what: string, holds: (status: ServiceStatus) => boolean | undefined): Promise<void> {
    const seen = () => this.#access.services.objects.find(({ metadata }) => metadata.name === this.name);
    await waitFor(`${this.name}: ${what}`, () => holds(seen()?.status ?? {}) || undefined, 120);
  }

  revision(version: number): string {
    return `${this.name}-v${version}`;
  }

  #kubectl(...args: string[]): Promise<string> {
    return this.#project.kubectl("-n", this.#namespace, ...args);
  }
}
