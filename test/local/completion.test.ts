import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { projectRoot } from "../../cli/root.ts";

/** The command, so that the shell's completion is what is tried, and what it came to is seen. */
const program = `"${process.execPath}" cli/knflow.js`;

/** An interactive zsh on a terminal of its own: zsh completes in no other. */
const zsh = `
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'knflow() { if [[ $1 == complete ]] { ${program} "$@" } else { print -r -- "called: $*." } }'
zpty -w shell 'source <(${program} completion zsh); print completion is re""ady'
zpty -r -m shell shown '*ready*'
for line in 'cluster dow' 'run wordcount/sp'; do
  zpty -w -n shell "knflow $line"$'\\t\\n'
  zpty -r -m shell shown '*called: *.*'
  print -r -- "\${\${shown##*called: }%%.*}"
done
`;

const fish = `
${program} completion fish | source
complete -C 'knflow cluster dow'
complete -C 'knflow run wordcount/sp'
`;

describe("completion works in a real", () => {
  let home: string;
  before(async () => (home = await mkdtemp(join(tmpdir(), "knflow-test-shell-"))));
  after(() => rm(home, { recursive: true }));

  const lines = async (shell: string, ...args: string[]) =>
    (
      await execa(shell, args, { cwd: projectRoot, env: { HOME: home, XDG_STATE_HOME: home }, stdin: "ignore" })
    ).stdout.split("\n");

  it("zsh, up to the end of the word", async () => {
    assert.deepEqual(await lines("zsh", "-f", "-c", zsh), ["cluster down", "run wordcount/split"]);
  });

  it("fish, with commands and the project's names", async () => {
    const found = await lines("fish", "--no-config", "-c", fish);
    // A description stands behind a tab.
    assert.deepEqual(
      found.map((line) => line.split("\t")[0]),
      ["down", "wordcount/split"],
    );
  });
});
