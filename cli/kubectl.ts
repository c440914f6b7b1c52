import { execa } from "execa";
import { UserError } from "../console/errors.ts";
import { linesOf } from "../console/lines.ts";
import { kubectlFlags } from "../settings/cluster.ts";
import { stackCluster, type StackAccess } from "./stack.ts";

/** kubectl against the cluster and in the namespace of a stack. */
export class Kubectl {
  readonly #environment: Record<string, string>;
  readonly #flags: readonly string[];

  constructor({ stack, environment }: Pick<StackAccess, "stack" | "environment">, namespace: string) {
    this.#environment = environment;
    this.#flags = [...kubectlFlags(stackCluster(stack)), "--namespace", namespace];
  }

  /**
   * The objects that `kubectl get` gives.
   *
   * @example kubectl.list<PodObject>("pods", "-l", "app=x")
   * @throws UserError with what kubectl says
   */
  async list<T>(...what: string[]): Promise<T[]> {
    const { items } = JSON.parse(await this.run(["get", ...what, "-o", "json"])) as { items: T[] };
    return items;
  }

  /**
   * Objects one after the other, so that no more than one is held; whatever their number.
   *
   * @throws UserError with what kubectl says
   */
  async *each<T>(...what: string[]): AsyncGenerator<T> {
    const items = this.lines(["get", ...what, "-o", 'jsonpath={range .items[*]}{@}{"\\n"}{end}']);
    for await (const line of items) if (line !== "") yield JSON.parse(line) as T;
  }

  /**
   * What kubectl writes to standard output, line by line as it comes.
   *
   * @param ending ends kubectl
   * @throws UserError with what kubectl says
   */
  async *lines(args: readonly string[], ending?: AbortSignal): AsyncGenerator<string> {
    const child = this.start(args, { buffer: false, ...(ending === undefined ? {} : { ending }) });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-4096)));
    yield* linesOf(child.stdout);
    const { failed, shortMessage } = await child;
    if (failed) throw new UserError(`the cluster cannot be asked: ${said.trim() || shortMessage}`);
  }

  /**
   * What kubectl writes to standard output.
   *
   * @throws UserError with what kubectl says
   */
  async run(args: readonly string[]): Promise<string> {
    const { failed, stdout, stderr, shortMessage } = await this.start(args);
    if (failed) throw new UserError(`the cluster cannot be asked: ${stderr.trim() || shortMessage}`);
    return stdout;
  }

  /**
   * Starts kubectl; a failure comes back as its result.
   *
   * @param options input: its standard input; detached: an interrupt of the terminal does not end it; buffer: false where
   * the caller reads what it writes; ending: ends it
   */
  start(
    args: readonly string[],
    {
      input,
      detached,
      buffer = true,
      ending,
    }: { input?: string; detached?: boolean; buffer?: boolean; ending?: AbortSignal } = {},
  ) {
    const given = input === undefined ? ({ stdin: "ignore" } as const) : { input };
    const cancel = ending === undefined ? {} : { cancelSignal: ending };
    const options = {
      env: this.#environment,
      ...given,
      ...cancel,
      detached: detached === true,
      buffer,
      reject: false,
    } as const;
    return execa("kubectl", [...this.#flags, ...args], options);
  }
}
