import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../console/errors.ts";
import { fileServerName } from "../manifests/file-server.ts";
import { kubectl } from "./kubectl.ts";

/** Room for a slow link; an archive has at most 256 MiB. */
const pushTimeout = 10 * 60_000;

/** The most bytes that are sent without asking first whether they are needed: another kubectl takes longer than they do. */
const askedFor = 1024 * 1024;

/** What `knflow-receive --check` exits with where the bytes are needed. */
const needed = 3;

/**
 * When a push is tried again that the file server did not finish; milliseconds. It is away for some ten seconds where its pod is
 * made anew; half of each pause is random, since the pushes of a whole update are cut off together.
 */
const again = { first: 500, longest: 5000, patience: 60_000 };

/** What a newer try cannot mend: what the file server or the cluster refuses. */
const refused =
  /^knflow-receive: (?!.*\bcut off)|forbidden|unauthorized|x509|not found in \$PATH|context .* does not exist/im;

/** A try that a file server which comes back would make good. */
class Interrupted extends Error {}

type Content = Buffer | (() => Promise<Buffer>);

/** How a push goes about faults; tests set it. */
interface PushOptions {
  /** Told of each try that failed and is made again. */
  readonly told?: (message: string) => void;
  /** Milliseconds for which it is tried again, from the first fault on. */
  readonly patience?: number;
}

/**
 * Puts an object onto the code volume through the file server's pod, where it is checked before it gets its name. Safe to
 * run again, at the same time too; what is there already is not sent. A file server that is away for a moment is waited for.
 *
 * @param content the bytes, or what gives them where they are needed
 * @returns what was done, in words
 * @throws UserError with the reason of the pod or of kubectl
 */
export async function pushObject(
  namespace: string,
  object: string,
  digest: string,
  content: Content,
  { told = (message) => void process.stderr.write(`${message}\n`), patience = again.patience }: PushOptions = {},
): Promise<string> {
  let deadline: number | undefined;
  for (let tries = 1, longest = again.first; ; tries++, longest = Math.min(longest * 2, again.longest)) {
    try {
      return await pushOnce(namespace, object, digest, content);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      const pause = longest * (1 - Math.random() / 2);
      deadline ??= performance.now() + patience;
      if (performance.now() + pause > deadline) {
        const look = `kubectl -n ${namespace} describe pods -l app=${fileServerName}`;
        const tried = `tried ${tries} times in ${Math.round(patience / 1000)} s`;
        throw new UserError(
          `${object} could not be pushed to the code volume: ${error.message} (${tried}); see why the file server is away by ` +
            `"${look}", then run "pulumi up" again`,
        );
      }
      told(`${object} is not pushed yet: ${error.message}; the next try is in ${(pause / 1000).toFixed(1)} s`);
      await delay(pause);
    }
  }
}

async function pushOnce(namespace: string, object: string, digest: string, content: Content): Promise<string> {
  const exec = ["-n", namespace, "exec", `deploy/${fileServerName}`, "--pod-running-timeout=5s", "-i", "--"];
  const receive = (...args: string[]) => [...exec, "knflow-receive", ...args];
  const there = `${object} is on the volume`;
  if (typeof content === "function" || content.byteLength > askedFor) {
    const checked = await kubectl(receive("--check", object, digest), { timeout: pushTimeout });
    if (checked.exitCode === 0) return there;
    if (checked.exitCode !== needed) throw fault(object, checked);
  }
  const input = typeof content === "function" ? await content() : content;
  const pushed = await kubectl(receive(object, digest, String(input.byteLength)), { input, timeout: pushTimeout });
  if (pushed.failed) throw fault(object, pushed);
  if (pushed.stdout === "present") return there;
  return pushed.stdout === "replaced" ? `${object} pushed in place of a damaged one` : `${object} pushed`;
}

function fault(
  object: string,
  result: { stderr: string; timedOut: boolean; shortMessage?: string | undefined },
): Interrupted | UserError {
  const lines = result.stderr.split("\n").filter((line) => !/^(command terminated with exit code \d+)?\s*$/.test(line));
  const reason = lines.join("\n") || (result.shortMessage ?? "kubectl gives no reason");
  if (!result.timedOut && !refused.test(reason)) return new Interrupted(reason);
  return new UserError(`${object} could not be pushed to the code volume: ${reason}`);
}
