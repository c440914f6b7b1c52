import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { functionYaml } from "../../../source/function-yaml.ts";
import { nameProblem } from "../../../source/names.ts";
import { formatProblem, readYamlFile } from "../../../source/yaml-file.ts";

describe("function.yaml", () => {
  let folder: string;
  let file: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "knflow-yaml-"));
    file = join(folder, "function.yaml");
  });
  after(() => rm(folder, { recursive: true }));

  async function problemsOf(text: string): Promise<string[]> {
    await writeFile(file, text);
    const { problems } = await readYamlFile(file, functionYaml);
    return problems.map((problem) => formatProblem(problem).replace(`${folder}/`, ""));
  }

  it("needs a runtime and nothing else", async () => {
    await writeFile(file, "runtime: python\n");
    const { value } = await readYamlFile(file, functionYaml);
    assert.deepEqual(value, {
      runtime: "python",
      handler: "main.handler",
      timeoutSeconds: 60,
      tmp: "volume",
      concurrency: 0,
      scale: {},
      resources: { requests: {}, limits: {} },
      env: {},
      secrets: {},
    });
  });

  it("takes secrets by any name that env does not have", async () => {
    const secrets = ["constructor", "toString"].map((name) => `  ${name}: { config: token }\n`);
    assert.deepEqual(await problemsOf(`runtime: python\nsecrets:\n${secrets.join("")}`), []);
  });

  it("is refused with file, line, column and what is allowed, all problems at once", async () => {
    const text = [
      "runtime: ruby",
      "handler: main",
      "timeoutSeconds: 900",
      "scale:",
      "  min: 5",
      "  max: 2",
      "  widow: 60s",
      "env:",
      "  KNFLOW_HANDLER: x",
      "memory: 1Gi",
    ].join("\n");
    assert.deepEqual(await problemsOf(text), [
      'function.yaml:1:1: runtime: must be "python" or "node", but is "ruby"',
      'function.yaml:2:1: handler: must be <module>.<function>, such as "main.handler", but is "main"',
      "function.yaml:3:1: timeoutSeconds: must be at most 600, Knative's limit, but is 900",
      "function.yaml:5:3: scale.min: must not exceed scale.max",
      'function.yaml:7:3: unknown key "scale.widow"; known here are: min, max, initial, window; did you mean "window"?',
      "function.yaml:9:3: env.KNFLOW_HANDLER: is set by the platform; choose another name",
      'function.yaml:10:1: unknown key "memory"; known here are: runtime, handler, timeoutSeconds, concurrency, scale, resources, tmp, dependencies, env, secrets',
    ]);
  });

  it("is refused with the value, where that is of another type, or missing", async () => {
    const text = ["timeoutSeconds: soon", "concurrency: 1.5", "scale: 3", "handler: [main]", "env: { A: [1] }"];
    assert.deepEqual(await problemsOf(text.join("\n")), [
      'function.yaml:1:1: runtime: must be "python" or "node", but is missing',
      'function.yaml:1:1: timeoutSeconds: must be a number, but is "soon"',
      "function.yaml:2:1: concurrency: must be a whole number, but is 1.5",
      "function.yaml:3:1: scale: must be a mapping, but is 3",
      "function.yaml:4:1: handler: must be a text",
      "function.yaml:5:8: env.A: must be a text, a number, true or false",
    ]);
  });

  it("is refused where it is no YAML, or names a key twice", async () => {
    assert.match((await problemsOf("runtime: [python"))[0] ?? "", /^function.yaml:\d+:\d+: /);
    assert.match(
      (await problemsOf("runtime: python\nruntime: python\n"))[0] ?? "",
      /^function.yaml:2:1: Map keys must be unique/,
    );
  });

  it("is refused, with its place, whatever YAML makes of it", async () => {
    assert.deepEqual(await problemsOf("runtime: *nothing"), [
      "function.yaml:1:1: Unresolved alias (the anchor must be set before the alias): nothing",
    ]);
    const levels = ["a", "b", "c", "d", "e", "f"].map((name, index, names) =>
      index === 0
        ? "a: &a [x]"
        : `${name}: &${name} [${Array(9)
            .fill(`*${names[index - 1]}`)
            .join(", ")}]`,
    );
    assert.deepEqual(await problemsOf(levels.join("\n")), [
      "function.yaml:1:1: Excessive alias count indicates a resource exhaustion attack",
    ]);
    assert.deepEqual(await problemsOf("runtime: python\nenv: { __proto__: x }\n"), [
      "function.yaml:2:8: __proto__ is no key",
    ]);
    assert.deepEqual(await problemsOf('runtime: python\nenv: { A: "a\\0b" }\n'), [
      "function.yaml:2:8: env.A: must not hold a NUL",
    ]);
  });

  it("names secrets of the configuration and of Kubernetes, by variables of their own", async () => {
    const text = [
      "runtime: python",
      "env: { LEVEL: 1 }",
      "secrets:",
      "  API_KEY: { config: apiKey }",
      "  DB_PASSWORD: { secret: db, key: password }",
    ];
    assert.deepEqual(await problemsOf(text.join("\n")), []);
    await writeFile(file, text.join("\n"));
    const { value, placeOf } = (await readYamlFile(file, functionYaml)) as Extract<
      Awaited<ReturnType<typeof readYamlFile<typeof functionYaml>>>,
      { problems: [] }
    >;
    assert.deepEqual(value.secrets.API_KEY, { config: "apiKey" });
    assert.deepEqual(placeOf(["secrets", "DB_PASSWORD"]), { file, line: 5, column: 3 });

    const wrong = [
      "  NONE: { secret: db }",
      "  MIXED: { secret: db, config: apiKey, key: k }",
      "  PLAIN: hunter2",
      "  PATH_OF: { config: a.b }",
      "  OTHER: { secret: Db, key: a/b }",
    ];
    assert.deepEqual(await problemsOf([...text, ...wrong].join("\n")), [
      "function.yaml:6:3: secrets.NONE: must be { config: <name> } or { secret: <name>, key: <key> }",
      "function.yaml:7:3: secrets.MIXED: must be { config: <name> } or { secret: <name>, key: <key> }",
      "function.yaml:8:3: secrets.PLAIN: must be { config: <name> } or { secret: <name>, key: <key> }",
      "function.yaml:9:14: secrets.PATH_OF.config: must be a name of letters, digits, _ and -",
      'function.yaml:10:12: secrets.OTHER.secret: must be the name of a Kubernetes Secret: lower-case letters, digits, "-" and "."',
      "function.yaml:10:24: secrets.OTHER.key: must be a key of that Secret",
    ]);
    const names = ["  PORT: { config: apiKey }", "  a-b: { config: apiKey }"];
    assert.deepEqual(await problemsOf([...text, ...names].join("\n")), [
      "function.yaml:6:3: secrets.PORT: is set by the platform; choose another name",
      "function.yaml:7:3: secrets.a-b: is no name of an environment variable",
    ]);
    assert.deepEqual(await problemsOf([...text, "  LEVEL: { config: level }"].join("\n")), [
      "function.yaml:6:3: secrets.LEVEL: is in env too; remove one of them",
    ]);
  });

  it("takes quantities in Kubernetes' notation alone", async () => {
    assert.deepEqual(await problemsOf("runtime: python\nresources: {limits: {cpu: 2, memory: 1Gi}}\n"), []);
    assert.deepEqual(await problemsOf("runtime: python\nresources: {limits: {memory: 1 GB}}\n"), [
      'function.yaml:2:22: resources.limits.memory: must be a quantity such as "100m", "0.5" or "128Mi", but is "1 GB"',
    ]);
  });

  it("names workflows and functions by DNS labels", () => {
    for (const name of ["a", "word-count", "f1"]) assert.equal(nameProblem(name), undefined);
    for (const name of ["", "Word", "1f", "a_b", "a-", "ä", "a.b"]) assert.notEqual(nameProblem(name), undefined, name);
  });
});
