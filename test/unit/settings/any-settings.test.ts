import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { stringify } from "yaml";
import { UserError } from "../../../console/errors.ts";
import { tell } from "../../../scripts/evidence.ts";
import { settingsKeys } from "../../../settings/keys.ts";
import { readKeys } from "../../../settings/read.ts";
import { functionYaml } from "../../../source/function-yaml.ts";
import { readYamlFile } from "../../../source/yaml-file.ts";
import { hostileText } from "../../hostile.ts";

const key = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...Object.keys(settingsKeys.shape)) },
  { weight: 1, arbitrary: fc.constantFrom("__proto__", "constructor", "toString", "", "a.b", "external-ip") },
  { weight: 1, arbitrary: fc.string() },
);
const value = fc.oneof(
  hostileText,
  fc.json(),
  fc.constantFrom("dev", "kind-test", "1Gi", "true", "10", "http://a/", "1.2.3", '["a"]'),
);

describe("settings of any kind", () => {
  it("are read as they are written, or refused with their keys, and never fail otherwise", () => {
    const count = { read: 0, refused: 0 };
    fc.assert(
      fc.property(fc.array(fc.tuple(key, value), { minLength: 1, maxLength: 3 }), (pairs) => {
        const values = Object.fromEntries(pairs);
        let read: Record<string, unknown>;
        try {
          read = readKeys(values);
        } catch (error) {
          assert.ok(error instanceof UserError, String(error));
          const named = Object.keys(values).filter((name) => error.message.includes(`knflow:${name}`));
          assert.ok(named.length > 0, error.message);
          count.refused++;
          return;
        }
        for (const [name, text] of Object.entries(values)) {
          assert.ok(Object.hasOwn(settingsKeys.shape, name), name);
          // The empty text or object: it is not set.
          if (read[name] === undefined) assert.ok(["", "{}"].includes(text), name);
          else if (typeof read[name] === "string") {
            // An address is taken without line breaks and tabs in it, as browsers do.
            assert.ok([text, text.trim().replace(/[\t\r\n]/g, "")].includes(read[name]), name);
          }
          assert.doesNotMatch(JSON.stringify(read[name] ?? null), /\\u00[01]/, name);
        }
        count.read++;
      }),
      { numRuns: 5000 },
    );
    tell(
      "S10",
      `5,000 sets of settings: ${count.read} read as they are written, ${count.refused} refused with the key`,
    );
  });

  describe("in function.yaml", () => {
    let file: string;
    before(async () => {
      file = join(await mkdtemp(join(tmpdir(), "knflow-settings-")), "function.yaml");
    });
    after(() => rm(join(file, ".."), { recursive: true }));

    const members = [
      "runtime",
      "handler",
      "scale",
      "resources",
      "dependencies",
      "tmp",
      "env",
      "secrets",
      "concurrency",
    ] as const;
    const object = fc.dictionary(fc.oneof(fc.constantFrom("A", "min", "limits", "cpu"), hostileText), hostileText, {
      maxKeys: 2,
    });
    const data = fc
      .tuple(
        fc.dictionary(fc.constantFrom(...members), fc.oneof(hostileText, object, fc.jsonValue({ maxDepth: 2 })), {
          maxKeys: 3,
        }),
        fc.boolean(),
        fc.dictionary(fc.stringMatching(/^[A-Z]{1,3}$/), hostileText),
      )
      .map(([wrong, sound, env]) => (sound ? { runtime: "python", env } : { runtime: "python", ...wrong }));
    const text = fc.oneof(
      { weight: 3, arbitrary: data.map((value) => stringify(value)) },
      { weight: 1, arbitrary: hostileText },
    );

    it("are read as they are written, or refused with their places, and never fail otherwise", async () => {
      const count = { read: 0, refused: 0 };
      await fc.assert(
        fc.asyncProperty(text, async (yaml) => {
          await writeFile(file, yaml);
          const { value, problems } = await readYamlFile(file, functionYaml);
          assert.equal(value === undefined, problems.length > 0);
          for (const { line, column, message } of problems) assert.ok(line > 0 && column > 0 && message !== "");
          count[value === undefined ? "refused" : "read"]++;
        }),
        { numRuns: 1500 },
      );
      tell("S10", `1,500 function.yaml: ${count.read} read, ${count.refused} refused with the place`);
    });
  });
});
