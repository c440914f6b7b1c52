import assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { afterEvent, describeChanges, diagnosticLines, noEventsYet, progressNote } from "../../../cli/pulumi/events.ts";

const service = "urn:pulumi:dev::knflow::knflow:Workflow$kubernetes:serving.knative.dev/v1:Service::wordcount-split";
const folder = "urn:pulumi:dev::knflow::knflow:CodeVolume::odd::name";

function event(content: object): EngineEvent {
  return { sequence: 0, timestamp: 0, ...content };
}
const begin = (urn: string, op: string) => event({ resourcePreEvent: { metadata: { urn, op } } });
const end = (urn: string, op: string) => event({ resOutputsEvent: { metadata: { urn, op } } });
const after = (...events: EngineEvent[]) => events.reduce(afterEvent, noEventsYet);

describe("the events of an update", () => {
  it("tell what is being worked on and what is done", () => {
    const running = after(begin(folder, "same"), end(folder, "same"), begin(service, "create"));
    assert.equal(progressNote(running), "1 done: create kubernetes:serving.knative.dev/v1:Service (wordcount-split)");
    assert.equal(progressNote(afterEvent(running, end(service, "create"))), "2 done, 1 of them changed");
    assert.equal(progressNote(after(begin(service, "create"), end(service, "create"))), "1 changed");
  });

  it("name the latest of several, and how many more there are", () => {
    const running = after(begin(service, "update"), begin(folder, "create"));
    assert.equal(progressNote(running), "0 done: create knflow:CodeVolume (odd::name), and 1 more");
  });

  it("a failed resource is no longer worked on", () => {
    const failed = after(
      begin(service, "create"),
      event({ resOpFailedEvent: { metadata: { urn: service, op: "create" } } }),
    );
    assert.equal(progressNote(failed), "0 done");
  });

  it("give the errors as Pulumi lays them out, without its colour marks, and warnings only where nothing is worse", () => {
    const warning = event({
      diagnosticEvent: { severity: "warning", message: "<{%fg 3%}>careful<{%reset%}>\n", urn: "" },
    });
    const error = event({
      diagnosticEvent: { severity: "error", message: "no such handler\nmain.py:3\n", urn: service },
    });
    const passing = event({ diagnosticEvent: { severity: "error", message: "not yet", ephemeral: true } });
    assert.deepEqual(diagnosticLines(after(warning, passing).diagnostics), ["update:", "  warning: careful"]);
    assert.deepEqual(diagnosticLines(after(warning, error, passing).diagnostics), [
      "kubernetes:serving.knative.dev/v1:Service (wordcount-split):",
      "  error: no such handler",
      "  main.py:3",
    ]);
  });

  it("give what a failed command said without its command line, which is the same for each function", () => {
    const line = 'exit status 1: running "node --import \\"./a.mjs\\" commands/verify-ready.ts":';
    const said = (message: string) =>
      diagnosticLines(after(event({ diagnosticEvent: { severity: "error", message, urn: "" } })).diagnostics);
    assert.deepEqual(said(`${line}\nerror: it is not ready\n`), ["update:", "  error: it is not ready"]);
    assert.deepEqual(said(`${line}\n`), ["update:", `  error: ${line}`], "what said nothing has only this");
  });

  it("end with what was changed", () => {
    const { summary } = after(event({ summaryEvent: { resourceChanges: { create: 3, same: 12 } } }));
    assert.deepEqual(summary, { create: 3, same: 12 });
  });

  const changes: [Record<string, number>, string][] = [
    [{}, "no changes"],
    [{ same: 40 }, "no changes"],
    [{ same: 40, update: 1, create: 0 }, "1 updated"],
    [{ create: 12, delete: 1, replace: 2 }, "12 created, 1 deleted, 2 replaced"],
    [{ discard: 1 }, "1 discard"],
  ];
  for (const [summary, text] of changes) {
    it(`${JSON.stringify(summary)} is "${text}"`, () => assert.equal(describeChanges(summary), text));
  }
});
