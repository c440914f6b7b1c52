import assert from "node:assert/strict";
import { resolve } from "node:path";
import { execa } from "execa";
import { whyNoTypeScript } from "../../../scripts/pinned-node.mjs";

const projectRoot = resolve(import.meta.dirname, "..", "..", "..");

const program = `
import { createRequire } from "node:module";
import { types } from "node:util";
import { runtime } from "@pulumi/pulumi";
import "@pulumi/pulumi/cmd/run/tracing.js";
const { cache } = createRequire(import.meta.url);
const files = Object.keys(cache).filter((file) => !file.endsWith("/typescript-shim.js"));
const named = (held) =>
  files.filter((file) => types.isProxy(cache[file].exports) === held).map((file) => file.split("/node_modules/").at(-1)).sort();
const packageOf = (name) => name.split("/").slice(0, name.startsWith("@") ? 2 : 1).join("/");
const [held, loaded] = [named(true), named(false)];
const packages = held.map(packageOf).filter((name) => name !== "@pulumi/pulumi");
const { text } = await runtime.serializeFunction(() => 40 + 2);
console.log(JSON.stringify({
  held,
  beside: loaded.filter((name) => packages.includes(packageOf(name)) || name.startsWith("@pulumi/pulumi/automation/")),
  text: text.includes("40 + 2"),
}));
`;

const debuggerOf = `
import { createRequire } from "node:module";
await createRequire(import.meta.url)("@pulumi/pulumi/runtime/closure/v8Hooks.js").isInitializedAsync();
let connected = true;
// What connects it switches this on for the whole process.
try { new Function("%GetOptimizationStatus(() => 1)"); } catch { connected = false; }
console.log(JSON.stringify({ connected }));
`;

const tracer = `
import "@pulumi/pulumi/cmd/run/instrumentation.js";
import { trace } from "@opentelemetry/api";
console.log(JSON.stringify({ provider: trace.getTracerProvider().getDelegate().constructor.name }));
`;

const messages = `
import { log, runtime } from "@pulumi/pulumi";
const sent = [];
runtime.getEngine().log = (request, done) => (sent.push(request.getMessage()), done());
await log.debug("of the SDK");
await log.warn("for the user");
console.log(JSON.stringify({ sent }));
`;

const trace = `
import { debuggablePromise } from "@pulumi/pulumi/runtime/debuggable.js";
const promise = Promise.resolve(42);
const result = await debuggablePromise(promise, "a test's");
console.log(JSON.stringify({ result, told: promise._debugCtx, trace: promise._debugStackTrace, limit: Error.stackTraceLimit }));
`;

/** What a program prints in a process that loads first what the Pulumi program's does. */
async function run(code: string, env: Record<string, string> = {}) {
  const args = ["--import", "./scripts/preload.mjs", "--input-type=module", "-e", code];
  const { stdout } = await execa(process.execPath, args, { cwd: projectRoot, env });
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe("what the program's process loads first", () => {
  for (const version of ["20.19.0", "22.17.1", "23.5.0"]) {
    it(`says of Node ${version} that it is too old, and what to do`, () => {
      assert.match(whyNoTypeScript(version), /22\.18 or later, but the one on PATH is \d+\.\d+\.\d: run .*knflow env/);
    });
  }

  for (const version of ["22.18.0", "23.6.0", "24.1.0"]) {
    it(`says of Node ${version} what keeps it from TypeScript`, () => {
      assert.match(whyNoTypeScript(version), /is told to run no TypeScript.*NODE_OPTIONS/);
    });
  }

  const withoutTypes = (...args: string[]) =>
    execa(process.execPath, ["--no-strip-types", "--import", ...args], { cwd: projectRoot, reject: false });

  it("says it by the exit code, too, by which Pulumi adds nothing to it", async () => {
    const { stderr, exitCode } = await withoutTypes("./scripts/preload.mjs", "scripts/install.mjs");
    assert.equal(exitCode, 32);
    assert.match(stderr, /^Node .* is told to run no TypeScript.*$/);
  });

  it("says it in what a destroy runs, where the program is not", async () => {
    const { stderr, exitCode } = await withoutTypes("./scripts/compile-cache.mjs", "commands/await-removal.ts");
    assert.equal(exitCode, 1);
    assert.match(stderr, /^error: Node .* is told to run no TypeScript.*$/);
  });

  it("keeps back what programs of other kinds need, until they use it", async () => {
    assert.deepEqual(await run(program), {
      held: [
        "@npmcli/arborist/lib/index.js",
        "@opentelemetry/exporter-zipkin/build/src/index.js",
        "@opentelemetry/instrumentation-grpc/build/src/index.js",
        "@opentelemetry/instrumentation/build/src/index.js",
        "@opentelemetry/resources/build/src/index.js",
        "@opentelemetry/sdk-trace-base/build/src/index.js",
        "@opentelemetry/sdk-trace-node/build/src/index.js",
        "@pulumi/pulumi/automation/index.js",
        "@pulumi/pulumi/log/index.js",
        "@pulumi/pulumi/runtime/closure/v8Hooks.js",
        "@pulumi/pulumi/runtime/debuggable.js",
        "source-map-support/register.js",
        "typescript/lib/typescript.js",
      ],
      // Of each package nothing but what stands in its place.
      beside: [],
      text: true,
    });
  });

  it("connects no debugger", async () => {
    assert.deepEqual(await run(debuggerOf), { connected: false });
  });

  it("has Pulumi's own traces sent where they are asked for", async () => {
    const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    assert.deepEqual(await run(tracer, { TRACEPARENT: parent }), { provider: "NodeTracerProvider" });
  });

  it("sends the engine no debug messages, unless it is asked for them", async () => {
    const engine = { PULUMI_NODEJS_ENGINE: "127.0.0.1:1" };
    assert.deepEqual(await run(messages, engine), { sent: ["for the user"] });
    assert.deepEqual(await run(messages, { ...engine, PULUMI_OPTION_DEBUG: "false" }), { sent: ["for the user"] });
    const asked = { ...engine, PULUMI_OPTION_DEBUG: "true" };
    assert.deepEqual(await run(messages, asked), { sent: ["of the SDK", "for the user"] });
  });

  it("writes no stack trace for each promise of the SDK", async () => {
    assert.deepEqual(await run(trace), { result: 42, told: "a test's", trace: "Error", limit: 10 });
  });

  it("does so for who looks for a promise that stays open", async () => {
    const { trace: written } = await run(trace, { PULUMI_DEBUG_PROMISE_LEAKS: "1" });
    assert.match(String(written), /^Error\n +at debuggablePromise /);
  });
});
