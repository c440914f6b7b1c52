// What `npm start`, `npm test` and `npm run bench` run, also in a fresh clone where nothing is installed: plain JavaScript without
// dependencies, for Node 20 and later.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { needsInstall } from "./install.mjs";
import { endLike, fail, handOver, passSignals } from "./pinned-node.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const programs = new Map([
  ["start", ["cli/knflow.js", "start"]],
  ["test", ["scripts/test.ts"]],
  ["bench", ["bench/run.ts"]],
  ["dev", ["cli/knflow.js", "dev"]],
]);
/** flock's exit code where another process holds the lock; sysexits' EX_TEMPFAIL, which npm never ends with. */
const lockHeld = 75;

const [name = "", ...args] = process.argv.slice(2);
const [program, ...firstArgs] =
  programs.get(name) ?? fail(`usage: node scripts/bootstrap.mjs ${[...programs.keys()].join("|")} [args]`);

if (Number(process.versions.node.split(".")[0]) < 20) {
  fail(
    `Node 20 or later is needed, this is ${process.version}. Install a newer one from https://nodejs.org, then run this again`,
  );
}
if (needsInstall(root)) {
  const startedAt = Date.now();
  await install();
  // For the sum of times at its end.
  if (name === "start") process.env.KNFLOW_INSTALL_MILLISECONDS = String(Date.now() - startedAt);
}
handOver(root, [join(root, /** @type {string} */ (program)), ...firstArgs, ...args]);

/** Installs the dependencies, one process at a time in this clone: the lock is the clone's folder and ends with its holder. */
async function install() {
  const installer = [process.execPath, join(root, "scripts", "install.mjs")];
  if (process.platform !== "linux") return run(installer);
  const code = await run([
    "flock",
    "--no-fork",
    "--nonblock",
    "--conflict-exit-code",
    String(lockHeld),
    root,
    ...installer,
  ]);
  if (code !== lockHeld) return;
  process.stderr.write("… another process is installing the dependencies in this clone: waiting for it\n");
  await run(["flock", "--no-fork", root, ...installer]);
}

/**
 * Runs a program; where it fails, this process ends as it did.
 *
 * @param {string[]} command
 * @returns {Promise<number>} 0, or `lockHeld`
 */
function run([file = "", ...args]) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio: "inherit" });
    passSignals(child);
    child.on("error", (error) => fail(`${file} cannot be run: ${error.message}`));
    child.on("exit", (code, signal) => {
      if (code === 0 || code === lockHeld) resolve(code);
      else endLike(code, signal);
    });
  });
}
