import { createHash } from "node:crypto";

/** Files of workflows by their paths. */
export type Workload = Readonly<Record<string, string | Buffer>>;

/** The least CPU and memory that a function asks for: a hundred have to fit on the node. */
const withVolume =
  "runtime: python\nresources: { requests: { cpu: 10m, memory: 32Mi }, limits: { cpu: '1', memory: 256Mi } }\n";
/** They write nothing; what they are compared with is made like them. */
const settings = `${withVolume}tmp: memory\n`;
/** Of a stack whose functions are edited: no pod of the newest Revision is to end while another edit is measured. */
export const alwaysAwake = { "knflow:scale": { min: 1 } };
/** Of a stack of many functions that nobody calls: they are there without pods. */
export const noPods = { "knflow:runStore": "none", "knflow:scale": { initial: 0, window: "6s" } };
/** Gives back what it gets; the version tells which code answers. */
export const echo = (version = 0) => `VERSION = ${version}


def handler(event):
    return {**event, "version": VERSION}
`;
/** Takes the milliseconds that it is told. */
const wait = `import asyncio


async def handler(event):
    await asyncio.sleep(event["milliseconds"] / 1000)
    return event
`;
const nodeEcho = "export const handler = (event) => ({ ...event, version: 0 });\n";

/** The same, with a third-party package. */
export const picture = (version = 0) => `import PIL.Image\n\n${echo(version)}`;

/** A function of a workflow. @param more further files, or others in the place of its own */
export function functionFiles(workflow: string, name: string, code: string, more: Workload = {}): Workload {
  const own = { "function.yaml": settings, "main.py": code, ...more };
  return Object.fromEntries(Object.entries(own).map(([file, content]) => [`${workflow}/${name}/${file}`, content]));
}

/** A workflow of steps, each a call with the output of the one before. */
export function workflowOf(name: string, steps: readonly string[]): Workload {
  const list = steps
    .map((step) => `  - ${step}:\n      call: ${step}\n      with: { value: "\${ .value }" }\n`)
    .join("");
  const nothing = "  - nothing:\n      set: { done: true }\n";
  return { [`${name}/workflow.yaml`]: `${documentOf(name)}do:\n${list || nothing}` };
}

const documentOf = (name: string) => `document: { dsl: 1.0.0, namespace: bench, name: ${name}, version: 0.1.0 }\n`;

/** One workflow with as many functions, which it calls one after another. */
export function manyFunctions(count: number): Workload {
  const names = Array.from({ length: count }, (_, index) => `f${String(index + 1).padStart(3, "0")}`);
  return all([workflowOf("many", names), ...names.map((name) => functionFiles("many", name, echo()))]);
}

/** Three functions and a workflow that calls them: what an update is measured with. */
export function threeFunctions(): Workload {
  const names = ["first", "second", "third"];
  return all([workflowOf("three", names), ...names.map((name) => functionFiles("three", name, echo(), awake))]);
}

/** Sleep comes soon; yet functions that are woken for later steps are not asleep again before these come, as with Knative's usual 60 s. */
const window = "scale: { window: 12s }\n";
const awake = { "function.yaml": settings + window };

/** One function with a third-party package. @param lock the text of its requirements.txt */
export function onePackage(lock: string): Workload {
  return {
    ...workflowOf("packages", ["picture"]),
    ...functionFiles("packages", "picture", picture(), {
      "requirements.txt": lock,
      "function.yaml": withVolume + window,
    }),
  };
}

/** The workflows of the main stack. */
export function functionsForAll(): Workload {
  const branches = `  - branches:
      for: { each: wait, in: "\${ .waits }" }
      metadata: { knflow: { map: { concurrency: 8 } } }
      do:
        - branch: { call: branch, with: { milliseconds: "\${ $wait }" } }
`;
  return {
    ...threeFunctions(),
    ...workflowOf("single", ["python"]),
    ...functionFiles("single", "python", echo()),
    "single/node/function.yaml": settings.replace("python", "node"),
    "single/node/main.mjs": nodeEcho,
    "fan/workflow.yaml": `${documentOf("fan")}do:\n${branches}`,
    ...functionFiles("fan", "branch", wait),
    ...workflowOf("sizes", ["small", "large"]),
    ...functionFiles("sizes", "small", sizedCode("small").main, sizedCode("small").files),
    ...functionFiles("sizes", "large", sizedCode("large").main, sizedCode("large").files),
  };
}

/** A function's code of some size. */
export interface SizedCode {
  readonly main: string;
  readonly files: Workload;
}

/** 100 KB of modules that are all imported, and 10 MB of which the same modules are imported. */
export function sizedCode(size: "small" | "large"): SizedCode {
  const numbers = Array.from({ length: 10 }, (_, index) => index);
  const imports = numbers.map((number) => `import part_${number}\n`).join("");
  const main = `${imports}

def handler(event):
    return {**event, "parts": part_0.function_0(1) + part_9.function_9(1)}
`;
  const modules = Object.fromEntries(numbers.map((number) => [`part_${number}.py`, moduleText(number)]));
  if (size === "small") return { main, files: modules };
  const data = Array.from({ length: 99 }, (_, index) => [`data/file_${index}.bin`, noise(`file ${index}`, 100_000)]);
  return { main, files: { ...modules, ...(Object.fromEntries(data) as Workload) } };
}

/** 10 KB of Python as people write it. */
function moduleText(number: number): string {
  const one = (index: number) => `def function_${index}(value):
    """Adds what function ${index} of part ${number} adds."""
    numbers = [value + ${index}, value * ${number + 1}]
    if value > ${index * 100}:
        numbers.append(sum(number for number in numbers if number % 2 == 0))
    return {"sum": sum(numbers), "count": len(numbers)}["sum"]
`;
  return Array.from({ length: 33 }, (_, index) => one(index)).join("\n\n");
}

/** Bytes that look random, and are the same each time. */
function noise(seed: string, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let block = 0; block * 32 < length; block += 1) {
    blocks.push(createHash("sha256").update(`${seed} ${block}`).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}

function all(workloads: readonly Workload[]): Workload {
  return Object.fromEntries(workloads.flatMap((files) => Object.entries(files)));
}
