import { buildArchive } from "../../archive/code-object.ts";
import { sha256 } from "../../archive/zip.ts";
import { servicesPath, type ClusterApi } from "../../commands/cluster-api.ts";
import { ownedFields, type ManagedObject } from "../../commands/owned-fields.ts";
import type { Verdict } from "../../commands/verdict.ts";
import type { WatchedServices } from "../../commands/watched-services.ts";
import { UserError } from "../../console/errors.ts";
import { withCode, type CodeCarrier } from "../../manifests/knative-service.ts";
import { digestAnnotation } from "../../manifests/labels.ts";
import type { ServiceObject } from "../status/service-status.ts";
import type { PushSession } from "./push-session.ts";
import type { Reloader } from "../../commands/reloader.ts";
import type { Wanted } from "./wanted.ts";

/** A Knative Service as the API server gives it. */
export type LiveService = ServiceObject & ManagedObject & CodeCarrier;

/** Code that pods took which were awake, before there is a Revision of it. */
export interface Reloaded {
  /** `<workflow>` or `<workflow>/<function>` */
  readonly name: string;
  /** sha256 of the archives before and now. */
  readonly from: string;
  readonly to: string;
  /** How many pods. */
  readonly pods: number;
  /** What took how long: packing and pushing, and until the pods answered with it. */
  readonly milliseconds: { readonly push: number; readonly reload: number; readonly all: number };
}

/** What came of saved code. */
export interface Brought {
  /** `<workflow>` or `<workflow>/<function>` */
  readonly name: string;
  /** sha256 of the archives before and now. */
  readonly from: string;
  readonly to: string;
  /** `superseded`: other code was saved before it was known. */
  readonly state: "serving" | "unrouted" | "not ready" | "superseded";
  /** Why it does not serve. */
  readonly reason?: string;
  readonly revision: string | undefined;
  /** What took how long: packing and pushing, asking pods that are awake, applying, and until the new Revision gets the requests. */
  readonly milliseconds: {
    readonly push: number;
    readonly reload: number;
    readonly apply: number;
    readonly ready: number;
    readonly all: number;
  };
}

/** Where code is brought to, and how. */
export interface BringerOptions {
  readonly api: ClusterApi;
  readonly services: WatchedServices<LiveService>;
  readonly push: PushSession;
  readonly reloader: Reloader;
  /** Gets what pods took; {@link Brought} follows. */
  readonly reloaded: (reloaded: Reloaded) => void;
  readonly namespace: string;
  /** The stack's field manager. */
  readonly manager: string;
  readonly readyTimeoutSeconds: number;
}

/** Brings code to Knative Services that are there, as the stack's next update would. */
export class Bringer {
  readonly #options: BringerOptions;
  /** What is waited for, by Service; the next code of the same ends it. */
  readonly #waiting = new Map<string, AbortController>();
  /** By Service, sha256 of the code that its pods could not load, and of which no Revision was made. */
  readonly #refused = new Map<string, string>();
  #ended = false;

  constructor(options: BringerOptions) {
    this.#options = options;
  }

  /** The Service on the cluster; undefined where none was deployed. */
  liveOf({ service }: Pick<Wanted, "service">): LiveService | undefined {
    return this.#options.services.objects.find(({ metadata }) => metadata.name === service);
  }

  /** sha256 of the archive that the Service names. */
  digestOf(wanted: Pick<Wanted, "service">): string | undefined {
    return this.liveOf(wanted)?.spec.template.metadata.annotations?.[digestAnnotation];
  }

  /**
   * Pushes code, has pods take it that are awake, and has the Service name it, unless those say that it cannot be loaded.
   *
   * @param since when it was saved, as `performance.now()`
   * @returns what will have come of it
   * @throws UserError where it cannot be brought at all
   */
  async bring(wanted: Wanted, since: number): Promise<{ readonly outcome: Promise<Brought> }> {
    const { push, services, reloader, reloaded, readyTimeoutSeconds } = this.#options;
    const from = this.digestOf(wanted) ?? "";
    this.#waiting.get(wanted.service)?.abort();
    const ending = new AbortController();
    if (this.#ended) ending.abort();
    this.#waiting.set(wanted.service, ending);
    this.#refused.delete(wanted.service);

    const content = await buildArchive(wanted.archive.source);
    // Saved again since it was read: the next round brings that.
    const to = sha256(content);
    const archive = { sha256: to, object: wanted.archive.object.replace(wanted.archive.sha256, to) };
    await push.push(archive.object, to, content);
    const pushed = performance.now();
    const told = { name: wanted.name, from, to };
    const code = { service: wanted.service, ...archive };
    const taken = await reloader.reload(code);
    const asked = performance.now();
    const reload = asked - pushed;
    if ("refusal" in taken) {
      this.#refused.set(wanted.service, to);
      await reloader.restore(code);
      const milliseconds = { push: pushed - since, reload, apply: 0, ready: 0, all: asked - since };
      const state = { state: "not ready", reason: taken.refusal, revision: undefined } as const;
      return { outcome: Promise.resolve({ ...told, ...state, milliseconds }) };
    }
    if (taken.pods > 0) {
      const milliseconds = { push: pushed - since, reload, all: asked - since };
      reloaded({ ...told, pods: taken.pods, milliseconds });
    }
    const generation = await this.#apply(wanted, archive).catch(async (error: unknown) => {
      await reloader.restore(code);
      throw error;
    });
    const applied = performance.now();

    const { signal } = ending;
    const decided = new AbortController();
    void reloader.follow(code, AbortSignal.any([signal, decided.signal]));
    const milliseconds = readyTimeoutSeconds * 1000;
    const outcome = services.final(wanted.service, { milliseconds, generation, signal }).then((verdict): Brought => {
      decided.abort();
      const end = performance.now();
      const times = { push: pushed - since, reload, apply: applied - asked, ready: end - applied, all: end - since };
      const state = this.#stateOf(wanted, verdict, signal);
      // What serves is what the stack says again.
      if (state.state === "not ready") void reloader.restore(code);
      return { ...told, ...state, revision: verdict.revision, milliseconds: times };
    });
    return { outcome };
  }

  /** Whether pods could not load this very code when it was brought last. */
  isRefused({ service, archive }: Wanted): boolean {
    return this.#refused.get(service) === archive.sha256;
  }

  /** Takes note that the code is again what is deployed. @returns whether other code was refused before */
  isRestored({ service }: Wanted): boolean {
    return this.#refused.delete(service);
  }

  /** Waits for no Revision any more, also of what is still brought. */
  end(): void {
    this.#ended = true;
    for (const each of this.#waiting.values()) each.abort();
  }

  /** @returns the Service's generation */
  async #apply({ name, service }: Wanted, archive: { object: string; sha256: string }): Promise<number> {
    const { api, namespace, manager } = this.#options;
    const live = this.liveOf({ service });
    const owned = live && ownedFields(live, manager);
    if (owned === undefined) {
      throw new UserError(`${name} was not deployed by this stack (field manager ${manager}); run "pulumi up"`);
    }
    const path = servicesPath(namespace, service);
    try {
      const applied = await api.apply<LiveService>(path, manager, withCode(owned, archive));
      return applied.metadata.generation ?? 0;
    } catch (error) {
      throw new UserError(`${name} cannot be changed: ${(error as Error).message}; "pulumi up" may tell more`);
    }
  }

  #stateOf(wanted: Wanted, verdict: Verdict, ending: AbortSignal): Pick<Brought, "state" | "reason"> {
    if (verdict.state !== "ready") {
      return ending.aborted ? { state: "superseded" } : { state: "not ready", reason: verdict.reason };
    }
    const routed = this.liveOf(wanted)?.status?.traffic?.some(
      ({ revisionName, percent = 0 }) => revisionName === verdict.revision && percent > 0,
    );
    if (routed === true) return { state: "serving" };
    const reason = `its requests are split between other Revisions; "npx knflow traffic ${wanted.name}" shows how`;
    return { state: "unrouted", reason };
  }
}
