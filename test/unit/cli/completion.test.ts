import assert from "node:assert/strict";
import { join } from "node:path";
import { execa } from "execa";
import { candidates } from "../../../cli/completion/candidates.ts";
import { buildProgram } from "../../../cli/program.ts";
import { Clone } from "./clone.ts";

describe("completion", () => {
  const names = {
    workflow: () => ["shop"],
    "workflow[/function]": () => ["shop", "shop/sell"],
    stack: () => ["dev", "prod"],
    "from-stack": () => ["dev"],
    "to-stack": () => ["prod"],
  };
  for (const [line, found] of [
    ["st", ["start", "status"]],
    ["cluster ", ["up", "status", "down", "logs"]],
    ["status ", ["shop", "shop/sell"]],
    ["status --json shop/", ["shop/sell"]],
    ["status --stack ", ["dev", "prod"]],
    ["status --stack=p", ["--stack=prod"]],
    ["status --stack = p", ["prod"]],
    ["status --st", ["--stack"]],
    ["status -s prod sh", ["shop", "shop/sell"]],
    ["status shop ", []],
    ["traffic shop/sell ", []],
    ["promote ", ["dev"]],
    ["promote dev ", ["prod"]],
    ["rollback p", ["prod"]],
    ["rollback prod --to ", []],
    ["images ", ["list", "mirror", "manifests"]],
    ["plan --stack ", ["dev", "prod"]],
    ["init --language ", ["python", "node"]],
    ["completion ", ["bash", "zsh", "fish"]],
    ["invoke shop --data @", []],
    ["nonsense ", []],
  ] as const) {
    it(`of "${line}" is ${found.join(", ") || "left to the shell"}`, async () => {
      const words = candidates(await buildProgram(), line.split(" "), names);
      assert.deepEqual(
        words.map(({ value }) => value),
        found,
      );
    });
  }

  it("works in a real bash, with names of the working tree, and evaluates nothing that was typed", async function () {
    this.timeout(90_000);
    const clone = new Clone();
    try {
      clone.write("Pulumi.prod.yaml", "");
      clone.write("functions/shop/workflow.yaml", "");
      clone.write("functions/shop/sell/function.yaml", "");
      const knflow = `"${process.execPath}" "${join(clone.root, "cli/knflow.js")}"`;
      const script = `
source <(${knflow} completion bash)
try() { COMP_WORDS=(knflow "$@"); COMP_CWORD=$#; COMPREPLY=(); _knflow; echo "\${COMPREPLY[*]}"; }
complete -p knflow
try invoke shop/; try status --stack p; try status '$(touch evaluated)'`;
      const { stdout, stderr } = await execa("bash", ["--norc", "-c", script], {
        cwd: clone.folder,
        env: clone.environment,
      });
      assert.equal(stderr, "");
      assert.deepEqual(stdout.split("\n"), ["complete -o default -F _knflow knflow", "shop/sell", "prod", ""]);
      assert.equal((await execa("ls", [clone.folder])).stdout.includes("evaluated"), false);
    } finally {
      clone.remove();
    }
  });
});
