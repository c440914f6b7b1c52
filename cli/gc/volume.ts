import { UserError } from "../../console/errors.ts";
import { fileServerName } from "../../manifests/file-server.ts";
import type { Kubectl } from "../kubectl.ts";
import type { Candidate } from "./decide.ts";

/** A file of the code volume. */
export interface StoredObject extends Candidate {
  readonly bytes: number;
}

/** What is on the code volume. */
export interface Volume {
  /** The moment just before it was looked at, in milliseconds, by the clock of what gives files their time. */
  readonly now: number;
  readonly objects: readonly StoredObject[];
}

const receive = ["exec", `deploy/${fileServerName}`, "-i", "--", "knflow-receive"];

/** @throws UserError where the file server cannot be asked */
export async function readVolume(kubectl: Kubectl): Promise<Volume> {
  const [first = "", ...lines] = (await ask(kubectl, ["--list", "--long"], "")).split("\n");
  const now = Number(/^now (\d+)$/.exec(first)?.[1]) * 1000;
  if (Number.isNaN(now)) throw new UserError(`the code volume cannot be listed: the file server says "${first}"`);
  const objects = lines.flatMap((line) => {
    const [name = "", bytes, seconds] = line.split(" ");
    return name === "" ? [] : [{ name, bytes: Number(bytes), time: Number(seconds) * 1000 }];
  });
  return { now, objects };
}

/**
 * Removes what was not pushed since a moment; the file server looks again, so that what is being pushed just now stays.
 *
 * @param before milliseconds
 * @returns the names of what was removed
 */
export async function removeFromVolume(
  kubectl: Kubectl,
  before: number,
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  const seconds = String(Math.max(0, Math.floor(before / 1000)));
  const said = await ask(kubectl, ["--remove", seconds], names.map((name) => `${name}\n`).join(""));
  const removed = said.split("\n").flatMap((line) => /^removed (\S+) \d+$/.exec(line)?.[1] ?? []);
  return new Set(removed);
}

async function ask(kubectl: Kubectl, args: readonly string[], input: string): Promise<string> {
  const { failed, exitCode, stdout, stderr, shortMessage } = await kubectl.start([...receive, ...args], { input });
  if (!failed) return stdout;
  // A file server of before takes its arguments for a call that is wrong.
  const old = exitCode === 2 ? '; it may be of an earlier version: run "pulumi up" and try again' : "";
  throw new UserError(`the code volume cannot be looked after: ${stderr.trim() || shortMessage}${old}`);
}
