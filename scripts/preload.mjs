// What the Pulumi program's process loads first (`nodeargs` in Pulumi.yaml). Plain JavaScript, as all that runs before Node
// strips types.
import "./compile-cache.mjs";
import { createRequire, Module } from "node:module";
import { runsTypeScript, whyNoTypeScript } from "./pinned-node.mjs";

if (!runsTypeScript()) {
  process.stderr.write(`${whyNoTypeScript(process.versions.node)}\n`);
  // By which Pulumi's language host knows that all is said (nodeJSProcessExitedAfterLoggingUserActionableMessage).
  process.exit(32);
}

// When the engine is killed, Pulumi's SDK writes each error of the lost connection to a pipe that nobody reads. That is another
// error, which it writes there: for ever, with a whole processor and ever more memory. Where nothing can be said, the end is all.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => process.exit(1));

const require = createRequire(import.meta.url);
const fromSdk = createRequire(require.resolve("@pulumi/pulumi"));

// A release's objects are made in groups, whose outputs name each of them. Resolved, each would be fetched from the engine as a
// whole in every update, CRDs and all; nothing here asks for them.
process.env.PULUMI_DISABLE_RESOURCE_REFERENCES ??= "true";

/**
 * Pulumi's SDK loads the TypeScript compiler and npm's installer, two thirds of its own start, for the one case that a program
 * hands over functions as code. They are loaded where that is done, and not before.
 */
for (const name of ["@npmcli/arborist", "typescript"]) loadOnUse(fromSdk.resolve(name));

/** @param {string} file the CommonJS module that takes no time until something of it is used */
function loadOnUse(file) {
  /** @type {Record<string | symbol, unknown> | undefined} */
  let loaded;
  const load = () => {
    if (loaded === undefined) {
      delete require.cache[file];
      loaded = require(file);
    }
    return loaded ?? {};
  };
  const held = new Module(file);
  held.loaded = true;
  // Asked for __esModule, which compiled code does as it imports, it says yes: it is taken as it is, not copied.
  held.exports = new Proxy(
    {},
    {
      get: (_, key) => (key === "__esModule" ? true : load()[key]),
      has: (_, key) => key in load(),
    },
  );
  require.cache[file] = held;
}
