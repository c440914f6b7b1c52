import assert from "node:assert/strict";
import { join } from "node:path";
import { inspect } from "node:util";
import { execa } from "execa";
import fc from "fast-check";
import { Redactor } from "../../runtimes/node/src/redact.ts";
import { archiveOf } from "./support/archives.ts";
import { failedLoad } from "./support/failed-load.ts";
import { serving } from "./support/fixture.ts";
import { languages } from "./support/languages.ts";
import { pythonRuntime } from "./support/python.ts";
import { putArchive, type RuntimeProcess } from "./support/runtime.ts";
import { shared } from "./support/setup.ts";
import { waitFor } from "./support/wait.ts";

const canary = `canary "7391" 'größe' $\\`;
const lines = "-----BEGIN KEY-----\nMIIcanaryLine1\nMIIcanaryLine2\n-----END KEY-----\n";
const env = {
  KNFLOW_SECRET_VARIABLES: "TOKEN,PIN,KEY,SHORT,ABSENT",
  TOKEN: canary,
  PIN: "73917391",
  KEY: lines,
  SHORT: "abc",
};

for (const kind of languages) {
  describe(`secrets: ${kind.name}`, () => {
    /** What a handler is given and says, by the ways in which a value gets out of the process. */
    const ways: Record<string, { handler: string; body: unknown; reply?: RegExp }> = {
      "inputs and outputs": { handler: "echo", body: { text: `a ${canary} b`, list: [canary] } },
      "long inputs and outputs": { handler: "echo", body: { text: `${"x".repeat(1000)}${canary}${"y".repeat(1000)}` } },
      "a number": { handler: "echo", body: { pin: 73917391, list: [173917391] } },
      "what is printed": { handler: "talk", body: { text: `${canary}, 73917391 and ${lines}` } },
      exceptions: { handler: "fail", body: { message: `no ${canary}` }, reply: /no \[secret TOKEN\]"/ },
      "exceptions whose message is cut": { handler: "fail", body: { message: `${"x".repeat(1020)}${canary}` } },
      "what is caught late": { handler: "fail_async", body: { message: `${lines}73917391` }, reply: /\[secret KEY\]/ },
      "a refused request": { handler: "echo", body: `{"text": ${canary}` },
    };

    for (const [name, { handler, body, reply = /./ }] of Object.entries(ways)) {
      it(`are kept out of the log and of error replies: ${name}`, async () => {
        await serving(kind, handler, env, async (runtime) => {
          const answer = await runtime.call(body);
          await ended(runtime, String(answer.headers["x-knflow-run-id"]));
          assertHidden(JSON.stringify(runtime.log));
          if (handler === "echo" && answer.status === 200)
            assert.deepEqual(answer.json, body, "a reply is the handler's");
          else if (answer.status !== 200) assertHidden(answer.text);
          assert.match(answer.text, reply);
          if (name !== "a refused request") assert.match(runtime.output, /\[secret (TOKEN|PIN|KEY)\]/);
        });
      });
    }

    it("that are short are left: they would be everywhere", async () => {
      await serving(kind, "echo", env, async (runtime) => {
        const answer = await runtime.call({ text: "abcdef" });
        const line = await ended(runtime, String(answer.headers["x-knflow-run-id"]));
        assert.deepEqual(line.input, { text: "abcdef" });
      });
    });

    it("are kept out of the reason why the code cannot be loaded", async () => {
      const archive = await archiveOf({
        "main.py": 'import os\nraise ValueError("no " + os.environ["TOKEN"])\n',
        "main.mjs": 'throw new RangeError("no " + process.env.TOKEN);\n',
      });
      const { message, log } = await failedLoad(kind, await putArchive(archive), { env, codeIsSound: true });
      assert.match(message, /no \[secret TOKEN\]/);
      assertHidden(message + JSON.stringify(log));
    });
  });
}

describe("secrets", () => {
  const parts = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 12 }),
    fc.constantFrom("[secret ", "]", '"', "\\", "\n", "\t", " ", "é", "😀", "secret", "a.b*c", "12345"),
  );
  const texts = fc.array(parts, { maxLength: 6 }).map((all) => all.join("").replaceAll("\0", ""));
  const cases = fc.tuple(texts, texts, texts, texts).map(([one, other, before, after]) => ({
    env: { KNFLOW_SECRET_VARIABLES: "ONE,OTHER", ONE: one, OTHER: other },
    text: `${before}${one}${after}${JSON.stringify(other)}${one}${before}`,
  }));
  const told = ({ env, text }: { env: Record<string, string>; text: string }) => new Redactor(env).text(text);

  it("are replaced by both runtimes alike", async () => {
    const samples = fc.sample(cases, 500);
    const python = await inPython(samples, ["print(json.dumps(Redactor(case['env']).text(case['text'])))"]);
    for (const [index, sample] of samples.entries()) assert.equal(python[index], told(sample), JSON.stringify(sample));
  });

  // What languages escape, and how, depends on the quotes of the whole text.
  const marker = "73917391";
  const odd = fc.string({ unit: fc.constantFrom(...`ab'"\\\n\r\t\v\u0001\u007f\u0085\u2028\`$ é😀`), maxLength: 6 });
  const printed = fc.record({ value: fc.tuple(odd, odd).map((parts) => parts.join(marker)), before: odd, after: odd });

  it("are replaced in whatever console.log and JSON make of them", () => {
    fc.assert(
      fc.property(printed, ({ value, before, after }) => {
        const redactor = new Redactor({ KNFLOW_SECRET_VARIABLES: "TOKEN", TOKEN: value });
        const text = `${before}${value}${after}`;
        const shown = [value, text, { value }, [text], { [text]: 1 }, new Map([[value, text]])].map((one) =>
          inspect(one),
        );
        for (const one of [...shown, JSON.stringify({ value, text })].flatMap((one) => [
          one,
          JSON.stringify({ one }),
        ])) {
          const clean = redactor.text(one);
          assert.ok(!clean.includes(marker) && clean.includes("[secret TOKEN]"), clean);
        }
      }),
    );
  });

  it("are replaced in whatever print and JSON make of them", async () => {
    const samples = fc.sample(printed, 500);
    const cleaned = await inPython(samples, [
      "redactor = Redactor({'KNFLOW_SECRET_VARIABLES': 'TOKEN', 'TOKEN': case['value']})",
      "text = case['before'] + case['value'] + case['after']",
      "shown = [repr({'a': case['value']}), repr([text]), ascii(text), str(KeyError(text)), json.dumps(text)]",
      "shown += [json.dumps(one) for one in shown] + [repr(ValueError(one)) for one in shown]",
      "print(json.dumps([redactor.text(one) for one in shown]))",
    ]);
    assert.equal(cleaned.length, samples.length);
    for (const clean of cleaned.flat() as string[])
      assert.ok(!clean.includes(marker) && clean.includes("[secret TOKEN]"), clean);
  });

  it("are replaced wherever they stand, once and for all", () => {
    // Of what no replacement is made of.
    const value = fc.string({ unit: fc.constantFrom(...'ab"\\\n.*é😀1'), maxLength: 8 });
    const pieces = fc.array(fc.oneof(value, fc.constantFrom("ONE", "OTHER")), { maxLength: 8 });
    fc.assert(
      fc.property(value, value, pieces, (one, other, pieces) => {
        const given: Record<string, string> = { ONE: one, OTHER: other };
        const redactor = new Redactor({ KNFLOW_SECRET_VARIABLES: "ONE,OTHER", ...given });
        const clean = redactor.text(pieces.map((piece) => given[piece] ?? piece).join(""));
        for (const secret of [one, other]) assert.ok([...secret].length < 4 || !clean.includes(secret), clean);
        assert.equal(redactor.text(clean), clean);
      }),
    );
  });
});

/** What Python prints for each of some cases: a line of JSON. */
async function inPython(cases: readonly unknown[], each: readonly string[]): Promise<unknown[]> {
  const script = [
    "import json, sys",
    "from knflow_runtime.redact import Redactor",
    "for case in json.load(sys.stdin):",
    ...each.map((line) => `    ${line}`),
  ].join("\n");
  const { stdout } = await execa(shared().python.python, ["-c", script], {
    cwd: pythonRuntime,
    input: JSON.stringify(cases),
    env: { PYTHONPATH: join(pythonRuntime) },
  });
  return stdout.split("\n").map((line) => JSON.parse(line) as unknown);
}

function assertHidden(text: string): void {
  for (const part of ["canary", "73917391", "MII", "BEGIN KEY"]) assert.ok(!text.includes(part), `${part} in ${text}`);
}

/** The line that a call ends with. */
async function ended(runtime: RuntimeProcess, runId: string) {
  return waitFor("the call's line", () =>
    runtime.log.find((line) => line.runId === runId && /^call|^request/.test(line.msg)),
  );
}
