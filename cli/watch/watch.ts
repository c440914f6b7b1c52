import { existsSync, type FSWatcher } from "node:fs";
import { join } from "node:path";
import { ClusterApi } from "../../commands/cluster-api.ts";
import { WatchedServices } from "../../commands/watched-services.ts";
import { UserError } from "../../console/errors.ts";
import { stackManager } from "../../manifests/field-managers.ts";
import { currentRelease, releasesFile } from "../../release/releases-file.ts";
import { kubectlFlags } from "../../settings/cluster.ts";
import { namespaceOf } from "../../settings/keys.ts";
import { readWorkflows, workflowNames } from "../../source/workflow-source.ts";
import { stopOnInterrupt } from "../interrupt.ts";
import { everySelector, workflowOf } from "../invoke/target.ts";
import { whileFilesGo } from "../local/workflows.ts";
import { functionsFolder, projectRoot } from "../root.ts";
import { stackCluster, stackName, stackSettings, type StackAccess } from "../stack.ts";
import { watchFolder, type Saved } from "../watch-folder.ts";
import { Bringer, type LiveService, type Reloaded } from "./bringer.ts";
import { PushSession } from "./push-session.ts";
import { Reloader } from "../../commands/reloader.ts";
import type { WatchEvent } from "./report.ts";
import { wantedServices, type Wanted } from "./wanted.ts";

/** Milliseconds that the cluster has to say what is deployed. */
const patience = 15_000;

/**
 * Brings code to a stack's cluster whenever it is saved, until an interrupt.
 *
 * @param only the one workflow; all where it is not given
 * @param tell gets what happens
 * @throws UserError where nothing is deployed, or the stack runs a release
 */
export async function watchFunctions(
  access: Pick<StackAccess, "stack" | "environment">,
  only: string | undefined,
  tell: (event: WatchEvent) => void,
): Promise<void> {
  const { stack, environment } = access;
  const release = await currentRelease(stackName(stack), projectRoot);
  if (release) {
    throw new UserError(
      `stack ${stack} runs release ${release.number} of ${releasesFile(stackName(stack))}, not what is saved here; ` +
        `watch a stack without releases, and bring it over by "npx knflow promote <from-stack> ${stackName(stack)}"`,
    );
  }
  const settings = stackSettings(stack);
  const namespace = namespaceOf(settings, stackName(stack));
  const folder = functionsFolder(settings.functions);
  const names = await workflowNames(folder, only);
  const kubectl = { flags: kubectlFlags(stackCluster(stack)), environment };
  const stopped = Promise.withResolvers<void>();

  const work = async () => {
    const api = await ClusterApi.open(kubectl);
    const push = new PushSession(namespace, kubectl);
    const ours = { labelSelector: everySelector };
    const services = new WatchedServices<LiveService>(api, namespace, { services: ours, made: ours });
    const reloader = new Reloader({ services, namespace, access: kubectl });
    let watcher: FSWatcher | undefined;
    let bringer: Bringer | undefined;
    let looking: Promise<unknown> | undefined;
    try {
      push.open();
      await deployed(services, namespace, stack);
      const { readyTimeoutSeconds } = settings;
      const manager = stackManager(stackName(stack));
      const reloaded = (one: Reloaded) => tell({ event: "reloaded", ...one });
      bringer = new Bringer({ api, services, push, reloader, reloaded, namespace, manager, readyTimeoutSeconds });
      const rounds = new Rounds(bringer, folder, tell);
      const chosen = (name: string) => only === undefined || name === only;
      const look = (since: number, workflows: readonly string[]) => rounds.look(since, workflows.filter(chosen));
      const first = look(performance.now(), names);
      looking = first.catch(() => undefined);
      const saved = ({ since, folders }: Saved) =>
        (looking = first.then(() => look(since, [...folders])).catch(stopped.reject));
      watcher = watchFolder(folder, saved, stopped.reject);
      const found = await first;
      tell({ event: "watching", stack, services: found });
      await stopped.promise;
    } finally {
      watcher?.close();
      bringer?.end();
      // What is on its way to the cluster gets there.
      await looking;
      await reloader.settled();
      services.end();
      push.close();
      await api.close();
    }
  };
  await stopOnInterrupt(stopped.resolve, work, "");
}

/** Waits until it is known what is deployed. */
async function deployed(services: WatchedServices, namespace: string, stack: string): Promise<void> {
  const known = () => services.objects.length > 0 || services.failure !== undefined || services.listed;
  await services.until(known, { milliseconds: patience });
  if (services.objects.length > 0) return;
  if (services.failure !== undefined) throw new UserError(`the cluster cannot be asked: ${services.failure}`);
  throw new UserError(`nothing is deployed in ${namespace}; "pulumi up --stack ${stack}" does that first`);
}

/** What is saved, brought round by round. */
class Rounds {
  readonly #bringer: Bringer;
  readonly #folder: string;
  readonly #tell: (event: WatchEvent) => void;
  /** By Service, what it is made from besides code, as it was last looked at; nothing of one that is not deployed. */
  readonly #settings = new Map<string, string | undefined>();
  /** Workflows that could not be read when they were last looked at. */
  readonly #unreadable = new Set<string>();

  constructor(bringer: Bringer, folder: string, tell: (event: WatchEvent) => void) {
    this.#bringer = bringer;
    this.#folder = folder;
    this.#tell = tell;
  }

  /** Brings what differs from the cluster's. @returns names of the services that were looked at */
  async look(since: number, workflows: readonly string[]): Promise<string[]> {
    const looked = await Promise.all(workflows.map((workflow) => this.#lookAt(workflow, since)));
    return looked.flat();
  }

  async #lookAt(workflow: string, since: number): Promise<string[]> {
    if (!existsSync(join(this.#folder, workflow, "workflow.yaml"))) return [];
    const [source] = await this.#orTell(workflow, () => whileFilesGo(() => readWorkflows(this.#folder, workflow)), []);
    if (source === undefined) {
      this.#unreadable.add(workflow);
      return [];
    }
    if (this.#unreadable.delete(workflow)) this.#tell({ event: "solved", workflow });
    const wanted = wantedServices(source);
    const changed = wanted.filter((one) => this.#isChanged(one));
    // What was saved at once goes live in this order as far as it can be seen: a definition behind what it calls.
    const [definition, functions] = [changed.filter(isDefinition), changed.filter((one) => !isDefinition(one))];
    for (const group of [functions, definition]) await Promise.all(group.map((one) => this.#bring(one, since)));
    return wanted.map(({ name }) => name);
  }

  /** Does not wait for the new Revision: what is saved meanwhile replaces it. */
  async #bring(wanted: Wanted, since: number): Promise<void> {
    this.#tell({ event: "bringing", name: wanted.name });
    const coming = await this.#orTell(workflowOf(wanted.name), () => this.#bringer.bring(wanted, since), undefined);
    void coming?.outcome.then((brought) => this.#tell({ event: "brought", ...brought }));
  }

  /** Whether other code is to be brought; what an update alone brings is told. */
  #isChanged(wanted: Wanted): boolean {
    const { name, service, archive, settings } = wanted;
    const live = this.#bringer.digestOf(wanted);
    const now = live === undefined ? undefined : settings;
    const known = this.#settings.has(service);
    const before = this.#settings.get(service);
    this.#settings.set(service, now);
    if (now === undefined && (!known || before !== undefined)) this.#notice(`${name} is not deployed`);
    if (now !== undefined && before !== undefined && before !== now) {
      this.#notice(`what ${name} is made of besides its code has changed`);
    }
    if (live === archive.sha256 && this.#bringer.isRestored(wanted)) this.#tell({ event: "restored", name });
    return live !== undefined && live !== archive.sha256 && !this.#bringer.isRefused(wanted);
  }

  #notice(what: string): void {
    this.#tell({ event: "notice", message: `${what}: "pulumi up" brings that` });
  }

  /** What the work gives, or the other where it fails as users can mend. */
  async #orTell<T>(workflow: string, work: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#tell({ event: "problem", workflow, message: error.message });
      return otherwise;
    }
  }
}

function isDefinition({ name }: Wanted): boolean {
  return !name.includes("/");
}
