import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { summary, type Started } from "../../../cli/start/summary.ts";

const service = (name: string) => ({ url: `http://${name}.knflow-dev.example.com`, host: name, digest: "sha256:0" });
const started: Started = {
  stack: "dev",
  workflow: "wordcount",
  embedded: "dev",
  exampleInput: "functions/wordcount/examples/input.json",
  reply: { counts: { b: 2, the: 1500, a: 2, rare: 1 }, total: 1505, distinct: 4 },
  phases: [
    { title: "tools", milliseconds: 1_560_000 },
    { title: "pulumi up", milliseconds: 4200 },
  ],
  changes: "12 created",
  outputs: {
    gatewayUrl: "http://127.0.0.1:8080",
    namespace: "knflow-dev",
    workflows: {
      wordcount: {
        ...service("wordcount"),
        functions: { split: { ...service("wordcount-split"), revision: "wordcount-split-00001", image: "python" } },
      },
    },
  },
};

describe("the end of npm start", () => {
  const text = stripVTControlCharacters(summary(started));

  it("sums the result up, the most frequent words first", () => {
    assert.match(text, /wordcount: 1,505 words, 4 different ones \(functions\/wordcount\/examples\/input\.json\)/);
    assert.match(text, / WORD {2}TIMES\n {2}the {3}1,500\n {2}a {9}2\n {2}b {9}2\n/);
  });

  it("says how long each phase took and what pulumi changed", () => {
    assert.match(text, /^ {2}tools {6}26m 00s\n {2}pulumi up {2}4\.2s {5}12 created\n {2}all {8}26m 04s$/m);
  });

  it("gives every address", () => {
    assert.match(text, /^ {2}gateway {10}http:\/\/127\.0\.0\.1:8080$/m);
    assert.match(text, /^ {2}wordcount\/split {2}http:\/\/wordcount-split\.knflow-dev\.example\.com$/m);
  });

  it("says what to type next, and how to stop the cluster where it is knflow's own", () => {
    assert.match(text, /npx knflow invoke wordcount --data '\{"text": /);
    assert.match(text, /npx knflow cluster down/);
    assert.doesNotMatch(summary({ ...started, embedded: undefined }), /cluster down/);
  });
});
