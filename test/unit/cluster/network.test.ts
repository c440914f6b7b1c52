import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, it } from "mocha";
import { layoutOf } from "../../../cluster/embedded/layout.ts";
import { addressesOf, freeIndex, readNetwork, rulesWithComment } from "../../../cluster/embedded/network.ts";
import { UserError } from "../../../console/errors.ts";

describe("the address range of an instance", () => {
  it("is a /30 of its own out of 10.200.0.0/16", () => {
    assert.deepEqual(addressesOf(0), {
      index: 0,
      hostInterface: "knflow0",
      hostIp: "10.200.0.1",
      nodeIp: "10.200.0.2",
    });
    assert.deepEqual(addressesOf(64).nodeIp, "10.200.1.2");
    assert.deepEqual(addressesOf(16383), {
      index: 16383,
      hostInterface: "knflow16383",
      hostIp: "10.200.255.253",
      nodeIp: "10.200.255.254",
    });
  });

  it("is no other's, and its interface's name fits into the kernel's 15 characters", () => {
    const index = fc.integer({ min: 0, max: 16383 });
    fc.assert(
      fc.property(index, index, (a, b) => {
        assert.equal(addressesOf(a).nodeIp === addressesOf(b).nodeIp, a === b);
        assert.ok(addressesOf(a).hostInterface.length <= 15);
      }),
    );
  });

  it("is the lowest that no instance has and no route touches", () => {
    assert.equal(freeIndex(new Set(), ["default", "192.168.1.0/24"]), 0);
    assert.equal(freeIndex(new Set([0, 1]), []), 2);
    assert.equal(freeIndex(new Set([1]), ["10.200.0.1"]), 2);
    assert.equal(freeIndex(new Set(), ["10.200.0.0/24"]), 64);
  });

  it("is refused with the way out where a route covers all of them", () => {
    assert.throws(
      () => freeIndex(new Set(), ["10.0.0.0/8"]),
      (error) => error instanceof UserError && error.message.includes("10.200.0.0/16"),
    );
  });
});

describe("the record of an instance's network", () => {
  it("counts for none where it is missing or was cut short", async () => {
    const folder = await mkdtemp(join(tmpdir(), "knflow-unit-"));
    const layout = { ...layoutOf("unit"), network: join(folder, "network.json") };
    assert.equal(readNetwork(layout), undefined);
    const network = { ...addressesOf(3), gatewayPort: 8080 };
    const text = JSON.stringify(network);
    await writeFile(layout.network, text);
    assert.deepEqual(readNetwork(layout), network);
    for (const length of [0, 1, text.length - 1]) {
      await writeFile(layout.network, text.slice(0, length));
      assert.equal(readNetwork(layout), undefined);
    }
    await rm(folder, { recursive: true });
  });
});

describe("the host's firewall rules of an instance", () => {
  it("are those with its comment, and no other instance's", () => {
    const listing = [
      "-P POSTROUTING ACCEPT",
      "-A POSTROUTING -s 10.200.0.2/32 -m comment --comment knflow-cluster-dev -j MASQUERADE",
      '-A POSTROUTING -s 10.200.0.6/32 -m comment --comment "knflow-cluster-dev2" -j MASQUERADE',
      "-A POSTROUTING -j MASQUERADE",
    ].join("\n");
    assert.deepEqual(rulesWithComment(listing, "knflow-cluster-dev"), [
      ["POSTROUTING", "-s", "10.200.0.2/32", "-m", "comment", "--comment", "knflow-cluster-dev", "-j", "MASQUERADE"],
    ]);
    assert.equal(rulesWithComment(listing, "knflow-cluster-dev2").length, 1);
  });
});
