import { spawn, type ChildProcess } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import { UserError } from "../../console/errors.ts";
import { fileServerName } from "../../manifests/file-server.ts";
import type { KubectlAccess } from "../../commands/kubectl.ts";

/**
 * Stores what comes on standard input, in the file server's pod: a line `<object> <sha256> <bytes>`, then so many bytes. Answers each
 * with a line: the exit code of knflow-receive, and what it said. dd reads no byte too many, which others may.
 */
const receiveAll = `
while read -r object digest size; do
  {
    dd bs=65536 count=$((size / 65536)) iflag=fullblock
    dd bs=$((size % 65536)) count=1 iflag=fullblock
  } 2>/dev/null | {
    said=$(knflow-receive "$object" "$digest" "$size" 2>&1)
    code=$?
    cat >/dev/null
    echo "$code $said"
  }
done`;

/** Milliseconds that one push may take. */
const patience = 60_000;

/** Pushes through one `kubectl exec` that stays: another one for each would cost more than what it brings. */
export class PushSession {
  readonly #namespace: string;
  readonly #access: Required<KubectlAccess>;
  #child: ChildProcess | undefined;
  #answers: AsyncIterator<string> | undefined;
  #said = "";
  #turn: Promise<unknown> = Promise.resolve();

  /** Nothing is opened before the first push, or {@link PushSession.open}. */
  constructor(namespace: string, access: Required<KubectlAccess>) {
    this.#namespace = namespace;
    this.#access = access;
  }

  /**
   * Puts an object onto the code volume, where it is checked before it gets its name.
   *
   * @throws UserError with the reason of the pod or of kubectl
   */
  push(object: string, digest: string, content: Buffer): Promise<void> {
    const pushed = this.#turn.then(() => this.#push(object, digest, content));
    this.#turn = pushed.catch(() => undefined);
    return pushed;
  }

  async #push(object: string, digest: string, content: Buffer): Promise<void> {
    // The file server may have got another pod since the last push.
    const stale = this.#child !== undefined;
    const answer = (await this.#ask(object, digest, content)) ?? (stale && (await this.#ask(object, digest, content)));
    if (answer === undefined || answer === false) {
      throw new UserError(
        `${object} could not be pushed to the code volume: ${this.#said.trim() || "kubectl gives no reason"}`,
      );
    }
    const [code = "", ...said] = answer.split(" ");
    if (code !== "0") throw new UserError(`${object} could not be pushed to the code volume: ${said.join(" ")}`);
  }

  /** @returns the answer; undefined where the session ended instead */
  async #ask(object: string, digest: string, content: Buffer): Promise<string | undefined> {
    this.open();
    const late = setTimeout(() => this.#child?.kill(), patience);
    this.#child?.stdin?.write(`${object} ${digest} ${content.byteLength}\n`);
    this.#child?.stdin?.write(content);
    const answer = await this.#answers?.next();
    clearTimeout(late);
    if (answer?.done === false) return answer.value;
    this.close();
    return undefined;
  }

  /** Opens the session ahead of the first push. */
  open(): void {
    if (this.#child !== undefined) return;
    const exec = ["-n", this.#namespace, "exec", `deploy/${fileServerName}`, "--pod-running-timeout=5s", "-i", "--"];
    const args = [...this.#access.flags, ...exec, "sh", "-c", receiveAll];
    const env = { ...process.env, ...this.#access.environment };
    // A group of its own: an interrupt of the terminal is the command's alone.
    const child = spawn("kubectl", args, { stdio: ["pipe", "pipe", "pipe"], env, detached: true });
    this.#said = "";
    child.stderr.on("data", (text: Buffer) => (this.#said += text.toString()));
    child.once("error", (error) => (this.#said += error.message));
    // Its end is seen where its answer is waited for.
    child.stdin.on("error", () => undefined);
    const lines: Interface = createInterface({ input: child.stdout });
    this.#answers = lines[Symbol.asyncIterator]();
    this.#child = child;
  }

  /** Ends the session; a later push opens another one. */
  close(): void {
    this.#child?.stdin?.end();
    this.#child = undefined;
    this.#answers = undefined;
  }
}
