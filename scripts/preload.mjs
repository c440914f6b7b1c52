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

const tracing = [
  "resources",
  "sdk-trace-base",
  "exporter-zipkin",
  "instrumentation-grpc",
  "sdk-trace-node",
  "instrumentation",
];
/**
 * What Pulumi's SDK loads for programs of other kinds: npm's installer and the TypeScript compiler, for those that hand over functions as
 * code; what drives Pulumi from a program; what sends Pulumi's own traces; and what maps each stack trace to the sources that the SDK was
 * compiled from, where this program's own lines are right as they are.
 */
for (const name of [
  "@npmcli/arborist",
  "typescript",
  "@pulumi/pulumi/automation/index.js",
  "source-map-support/register.js",
  ...tracing.map((part) => `@opentelemetry/${part}`),
])
  loadOnUse(name);

// For functions as code, too, the SDK connects a debugger to its own process, which makes all that runs in it slower.
loadOnUse("@pulumi/pulumi/runtime/closure/v8Hooks.js", () => ({ isInitializedAsync: () => Promise.resolve() }));

// The SDK writes a stack trace for each of its promises, for the case that one is still open when the program ends.
if (!process.env.PULUMI_DEBUG_PROMISE_LEAKS)
  loadOnUse("@pulumi/pulumi/runtime/debuggable.js", (load) => ({
    debuggablePromise: (/** @type {unknown[]} */ ...args) =>
      withoutStackTraces(() => load().debuggablePromise(...args)),
  }));

// Each of the SDK's debug messages is a request of its own to the engine, some four for each resource, with all that a provider answered.
if (!/^(1|t|true)$/i.test(process.env.PULUMI_OPTION_DEBUG ?? ""))
  loadOnUse("@pulumi/pulumi/log/index.js", () => ({ debug: () => Promise.resolve() }));

/**
 * Has a module of the SDK loaded when something of it is used, and not before.
 *
 * @param {string} name a CommonJS module, as the SDK names it
 * @param {(load: () => Record<string | symbol, any>) => Record<string | symbol, unknown>} instead what it gives instead of something of its own
 */
function loadOnUse(name, instead = () => ({})) {
  const file = fromSdk.resolve(name);
  /** @type {Record<string | symbol, unknown> | undefined} */
  let loaded;
  const load = () => {
    if (loaded === undefined) {
      delete require.cache[file];
      loaded = require(file);
      require.cache[file] = held;
    }
    return loaded ?? {};
  };
  const given = instead(load);
  const valueOf = (/** @type {string | symbol} */ key) => given[key] ?? load()[key];
  const held = new Module(file);
  held.loaded = true;
  // Asked for __esModule, which compiled code does as it imports, it says yes: it is taken as it is, not copied.
  held.exports = new Proxy(given, {
    get: (_, key) => (key === "__esModule" ? true : valueOf(key)),
    has: (_, key) => key in load(),
    ownKeys: () => Reflect.ownKeys({ ...load(), ...given }),
    getOwnPropertyDescriptor: (_, key) =>
      key in load() ? { value: valueOf(key), writable: true, enumerable: true, configurable: true } : undefined,
  });
  require.cache[file] = held;
}

/**
 * @template T
 * @param {() => T} what
 * @returns {T}
 */
function withoutStackTraces(what) {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return what();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
