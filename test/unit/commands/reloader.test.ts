import assert from "node:assert/strict";
import { answerOf, type ReloadAnswer } from "../../../commands/pod-reload.ts";
import { podsToReload } from "../../../commands/awake-pods.ts";
import { Reloader } from "../../../commands/reloader.ts";
import type { WatchedServices } from "../../../commands/watched-services.ts";
import type { KnativeServiceObject, PodObject } from "../../../commands/verdict.ts";
import { digestAnnotation } from "../../../manifests/labels.ts";
import { waitFor } from "../../runtime/support/wait.ts";

type Traffic = NonNullable<KnativeServiceObject["status"]>["traffic"];

function aService(serving: string, traffic: Traffic = [{ latestRevision: true, percent: 100 }]): KnativeServiceObject {
  return {
    metadata: { name: "shop-pay" },
    status: { latestReadyRevisionName: serving, traffic },
  };
}

function aPod(name: string, revision: string, changes: Partial<PodObject["metadata"]> = {}, ready = "True"): PodObject {
  const labels = { "serving.knative.dev/service": "shop-pay", "serving.knative.dev/revision": revision };
  return {
    metadata: { name, labels, annotations: { [digestAnnotation]: "old" }, ...changes },
    status: { conditions: [{ type: "Ready", status: ready }] },
  };
}

const unknown = () => undefined;

describe("podsToReload", () => {
  it("takes the ready pods of the Revision that serves, and of later ones", () => {
    const pods = [
      aPod("older", "shop-pay-00001"),
      aPod("serving", "shop-pay-00002"),
      aPod("later", "shop-pay-00003"),
      aPod("starting", "shop-pay-00003", {}, "False"),
      aPod("ending", "shop-pay-00002", { deletionTimestamp: "2026-01-01T00:00:00Z" }),
      aPod("another's", "shop-pay-00002", { labels: { "serving.knative.dev/service": "shop" } }),
    ];
    assert.deepEqual(podsToReload(aService("shop-pay-00002"), pods, "new", unknown), ["serving", "later"]);
  });

  it("leaves out those that run the code, by their Revision or since", () => {
    const pods = [
      aPod("one", "shop-pay-00002", { annotations: { [digestAnnotation]: "new" } }),
      aPod("other", "shop-pay-00002"),
    ];
    const codes: Record<string, string> = { other: "new" };
    assert.deepEqual(
      podsToReload(aService("shop-pay-00002"), pods, "new", (pod) => codes[pod]),
      [],
    );
    assert.deepEqual(
      podsToReload(aService("shop-pay-00002"), pods, "newer", (pod) => codes[pod]),
      ["one", "other"],
    );
  });

  it("takes none where requests are split, a Revision was chosen, or none was ever ready", () => {
    const pods = [aPod("serving", "shop-pay-00002")];
    const split = [
      { latestRevision: true, percent: 50 },
      { revisionName: "shop-pay-00001", latestRevision: false, percent: 50 },
    ];
    for (const traffic of [split, [{ revisionName: "shop-pay-00002", latestRevision: false, percent: 100 }], []]) {
      assert.deepEqual(podsToReload(aService("shop-pay-00002", traffic), pods, "new", unknown), []);
    }
    const never = { ...aService(""), status: { traffic: [{ latestRevision: true, percent: 100 }] } };
    assert.deepEqual(podsToReload(never, pods, "new", unknown), []);
  });

  it("takes none of more than five", () => {
    const pods = Array.from({ length: 6 }, (_, n) => aPod(`pod-${n}`, "shop-pay-00002"));
    assert.deepEqual(podsToReload(aService("shop-pay-00002"), pods, "new", unknown), []);
    assert.equal(podsToReload(aService("shop-pay-00002"), pods.slice(1), "new", unknown).length, 5);
  });
});

describe("the answer of a pod that was asked for other code", () => {
  it("reloaded", () => assert.deepEqual(answerOf("reloaded new\n", "new"), { state: "reloaded" }));

  it("refused, with what is wrong with the code", () => {
    const reason = "SyntaxError: invalid syntax (main.py:3)";
    assert.deepEqual(answerOf(`not reloaded new\n${reason}`, "new"), { state: "refused", reason });
  });

  it("unable, where the reason is not the code's, or there is none", () => {
    for (const reason of ["StorageError: no space left", "OSError: [Errno 98] Address already in use"]) {
      assert.deepEqual(answerOf(`not reloaded new\n${reason}`, "new"), { state: "unable" });
    }
    const others = ["unable\n", "", "not reloaded new\n", "reloaded old\n", "not reloaded old\nSyntaxError: no"];
    for (const text of others) assert.deepEqual(answerOf(text, "new"), { state: "unable" });
  });
});

describe("Reloader", () => {
  const code = (sha256: string) => ({ service: "shop-pay", object: `shop/pay-${sha256}.zip`, sha256 });

  /** A Reloader of pods that answer as they are told to, and what they were asked for. */
  function aReloader(pods: PodObject[], answer: (sha256: string) => ReloadAnswer = () => ({ state: "reloaded" })) {
    const asked: string[] = [];
    const looks = new Set<() => void>();
    const services = {
      objects: [aService("shop-pay-00002")],
      pods,
      until: (isSo: () => boolean, { signal }: { signal?: AbortSignal }) =>
        new Promise<boolean>((resolve) => {
          const look = () => isSo() && resolve(true);
          looks.add(look);
          signal?.addEventListener("abort", () => resolve(isSo()));
          look();
        }),
    } as unknown as WatchedServices;
    const reload = (_: unknown, { pod, sha256 }: { pod: string; sha256: string }) => {
      asked.push(`${pod} ${sha256}`);
      return Promise.resolve(answer(sha256));
    };
    const reloader = new Reloader({ services, namespace: "dev", access: { flags: [], environment: {} }, reload });
    return { reloader, asked, changed: () => looks.forEach((look) => look()) };
  }

  it("asks each pod once for a code, and again for another one", async () => {
    const { reloader, asked } = aReloader([aPod("pod", "shop-pay-00002")]);
    assert.deepEqual(await reloader.reload(code("new")), { pods: 1 });
    assert.deepEqual(await reloader.reload(code("new")), { pods: 0 });
    assert.deepEqual(await reloader.reload(code("old")), { pods: 1 });
    assert.deepEqual(asked, ["pod new", "pod old"]);
  });

  it("a pod that refuses code still has what it had", async () => {
    const answer = (sha256: string): ReloadAnswer =>
      sha256 === "bad" ? { state: "refused", reason: "SyntaxError: no" } : { state: "reloaded" };
    const { reloader, asked } = aReloader([aPod("pod", "shop-pay-00002")], answer);
    assert.deepEqual(await reloader.reload(code("bad")), { refusal: "SyntaxError: no" });
    assert.deepEqual(await reloader.reload(code("old")), { pods: 0 });
    assert.deepEqual(asked, ["pod bad"]);
  });

  it("a pod that is not able to is not asked again for the same, and takes nothing", async () => {
    const { reloader, asked } = aReloader([aPod("pod", "shop-pay-00002")], () => ({ state: "unable" }));
    assert.deepEqual(await reloader.reload(code("new")), { pods: 0 });
    await reloader.reload(code("new"));
    assert.deepEqual(asked, ["pod new"]);
  });

  it("gives pods back what their own Revision names, also where it is not asked for pods any more", async () => {
    const pods = [aPod("pod", "shop-pay-00002")];
    const { reloader, asked } = aReloader(pods);
    await reloader.reload(code("new"));
    pods.push(...Array.from({ length: 6 }, (_, n) => aPod(`pod-${n}`, "shop-pay-00003")));
    await reloader.restore(code("new"));
    await reloader.restore(code("new"));
    assert.deepEqual(asked, ["pod new", "pod old"]);
  });

  it("gives pods back what their own Revision names that were asked by somebody else, but not a newer Revision's", async () => {
    const newer = aPod("newer", "shop-pay-00003", { annotations: { [digestAnnotation]: "new" } });
    // More than would be asked for new code.
    const older = Array.from({ length: 7 }, (_, n) => aPod(`pod-${n}`, "shop-pay-00002"));
    const { reloader, asked } = aReloader([...older, newer]);
    await reloader.reset(code("new"));
    assert.deepEqual(
      asked,
      older.map(({ metadata }) => `${metadata.name} old`),
    );
  });

  it("pods that become ready with other code are asked as well, until it is ended", async () => {
    const pods = [aPod("first", "shop-pay-00002")];
    const { reloader, asked, changed } = aReloader(pods);
    const end = new AbortController();
    const following = reloader.follow(code("new"), end.signal);
    await waitFor("the first pod", () => asked[0]);
    pods.push(aPod("second", "shop-pay-00003"));
    changed();
    await waitFor("the second pod", () => asked[1]);
    end.abort();
    await following;
    pods.push(aPod("third", "shop-pay-00003"));
    changed();
    assert.deepEqual(asked, ["first new", "second new"]);
  });
});
