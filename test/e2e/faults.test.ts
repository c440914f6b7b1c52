import assert from "node:assert/strict";
import { lostRun } from "./lost-run.ts";
import { Faults } from "./faults.ts";
import { assertConfined, assertDoctorContent, assertForeignPodDenied, assertPlainPodRefused } from "./confinement.ts";
import { namespace, project } from "./setup.ts";

describe("what is deployed, under attack and under faults", () => {
  let faults: Faults;

  it("its pods may do no more than they must, and nobody else may connect to them", async () => {
    // Those of functions that nobody called for a while are gone.
    assert.equal((await project().invoke("wordcount", { text: "to be" })).exitCode, 0);
    await assertConfined(project(), namespace);
    await assertPlainPodRefused(project(), namespace);
    const image = ["get", "services.serving.knative.dev", "wordcount", "-o", "jsonpath={..containers[0].image}"];
    const executor = await project().kubectl("-n", namespace, ...image);
    await Promise.all([
      ...["default", "kourier-system"].map((from) => assertForeignPodDenied(project(), namespace, from, executor)),
      assertDoctorContent(project(), namespace),
    ]);
  });

  it("20 updates of a function at 20 requests a second: none failed", async () => {
    faults = await Faults.begin(project(), namespace);
    await faults.updates();
  });

  it("no request fails while what is between clients and functions is replaced, and a Pod ends", () =>
    faults.replacements());

  it("a Pod that is killed by force fails what it was answering, and nothing else", () => faults.killedPod());

  it("warm Pods need no file server, a cold one waits for it, and one that waited too long says so and heals", () =>
    faults.withoutFileServer());

  it("a push whose kubectl is killed half way shows nothing, and the next one succeeds", () => faults.killedPush());

  it("a handler that ends its process, and one that takes too long, fail alone", async () => {
    await faults.badCalls();
    await faults.end();
  });

  it("took up the run whose pod was lost, behind its first task", () => lostRun.takenUp(project()));
});
