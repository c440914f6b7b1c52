// Installs the clone's npm dependencies where they are missing or outdated: plain JavaScript without dependencies, for
// Node 20 and later.
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { endLike, fail, passSignals } from "./pinned-node.mjs";

/** @typedef {{ version?: string, integrity?: string, optional?: boolean }} Package */

/**
 * Whether what is installed differs from what package-lock.json says. npm writes node_modules/.package-lock.json last,
 * so an install that was cut short counts as none.
 *
 * @param {string} root the clone's folder
 */
export function needsInstall(root) {
  const wanted = readPackages(join(root, "package-lock.json"));
  if (!wanted)
    fail(
      `${join(root, "package-lock.json")} cannot be read; the clone is incomplete: "git checkout package-lock.json" restores it`,
    );
  const installed = readPackages(join(root, "node_modules", ".package-lock.json"));
  if (!installed) return true;
  const same = [...wanted].every(([path, { version, integrity, optional }]) => {
    const there = installed.get(path);
    // An optional package is left out on platforms that it is not for.
    return there ? there.version === version && there.integrity === integrity : optional;
  });
  return !same || [...installed.keys()].some((path) => !wanted.has(path));
}

/**
 * @param {string} lockFile
 * @returns {Map<string, Package> | undefined} the packages by folder; undefined where there is no such file
 */
function readPackages(lockFile) {
  try {
    /** @type {{ packages: Record<string, Package> }} */
    const { packages } = JSON.parse(readFileSync(lockFile, "utf8"));
    return new Map(Object.entries(packages).filter(([path]) => path !== ""));
  } catch {
    return undefined;
  }
}

/** @param {string} root the clone's folder */
function install(root) {
  const log = newLog();
  const [file, ...args] = npm();
  const output = openSync(log, "w");
  // Dependencies for development and optional ones are needed too, whatever NODE_ENV and the user's npm settings say.
  const child = spawn(file, [...args, "ci", "--include=dev", "--include=optional", "--loglevel=notice"], {
    cwd: root,
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  passSignals(child);
  const done = showProgress("install npm dependencies", log);
  child.on("error", (error) =>
    fail(`npm cannot be run: ${error.message}. Install npm (it comes with Node, https://nodejs.org)`),
  );
  child.on("exit", (code, signal) => {
    done(code === 0);
    if (code === 0) return;
    if (signal !== null) return endLike(code, signal);
    for (const line of whatWentWrong(readFileSync(log, "utf8"))) process.stderr.write(`  │ ${line}\n`);
    process.stderr.write(`  └ log: ${log}\n`);
    fail(
      `"npm ci" failed (exit ${code}): see above. Check that the npm registry can be reached ("npm ping") and that the disk has room, then run this again`,
    );
  });
}

/**
 * @param {string} text what npm printed
 * @returns {string[]} the beginning of npm's error, which holds its reason; else the end of all
 */
function whatWentWrong(text) {
  const lines = text.trimEnd().split("\n");
  const errors = lines.filter((line) => /^npm (error|ERR!)/.test(line));
  return errors.length > 0 ? errors.slice(0, 20) : lines.slice(-20);
}

/** @returns {[string, ...string[]]} the npm that started this process, else the one on PATH */
function npm() {
  const running = process.env.npm_execpath;
  return running?.endsWith("npm-cli.js") ? [process.execPath, running] : ["npm"];
}

/** The folder is cluster/paths.ts' `stateDir()`/logs, which this file cannot import. */
function newLog() {
  const state = process.env.XDG_STATE_HOME || join(homedir(), ".local", "state");
  const folder = join(state, "knflow", "logs");
  mkdirSync(folder, { recursive: true });
  return join(folder, `${new Date().toISOString().replaceAll(":", "-").slice(0, 19)}-npm-ci-${process.pid}.log`);
}

/**
 * Shows one step as console/progress.ts does: live on a terminal, plain lines elsewhere.
 *
 * @param {string} title
 * @param {string} log
 * @returns {(succeeded: boolean) => void} to be called at the end
 */
function showProgress(title, log) {
  const { stderr } = process;
  const live = stderr.isTTY && (process.env.CI ?? "false") === "false" && process.env.TERM !== "dumb";
  const start = Date.now();
  const elapsed = () => `${((Date.now() - start) / 1000).toFixed(1)}s`;
  const frames = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
  let ticks = 0;
  if (!live) stderr.write(`▸ ${title}\n`);
  const timer = setInterval(
    () => {
      ticks += 1;
      stderr.write(
        live
          ? `\r\u001b[2K${frames[ticks % frames.length]} ${title} ${elapsed()}`
          : `… ${title}: ${elapsed()} (log: ${log})\n`,
      );
    },
    live ? 120 : 30_000,
  );
  return (succeeded) => {
    clearInterval(timer);
    stderr.write(`${live ? "\r\u001b[2K" : ""}${succeeded ? "✔" : "✗"} ${title} (${elapsed()})\n`);
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = dirname(dirname(process.argv[1]));
  // The caller that held the lock before may have installed them.
  if (needsInstall(root)) install(root);
}
