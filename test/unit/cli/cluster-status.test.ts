import assert from "node:assert/strict";
import { describeStatus, isHealthy } from "../../../cli/cluster/status.ts";
import type { ClusterStatus } from "../../../cluster/embedded/status.ts";

const now = Date.parse("2030-01-01T00:10:00Z");
const etcd = { name: "etcd", running: true, pid: 41, since: "2030-01-01T00:00:00Z", restarts: 0 };
const kubelet = { name: "kubelet", running: false, since: "2030-01-01T00:09:57Z", restarts: 2 };
const running: ClusterStatus = { name: "dev", state: "running", pid: 17, nodeReady: true, services: [kubelet, etcd] };

describe("knflow cluster status", () => {
  it("says of each service whether and for how long it runs", () => {
    assert.equal(
      describeStatus(running, now),
      [
        "cluster dev is running, node ready",
        "",
        "  SERVICE  STATE        FOR      RESTARTS  PID",
        "  etcd     running      10m 00s         0  41",
        "  kubelet  not running  3.0s            2",
        "",
      ].join("\n"),
    );
  });

  it("says what starts it where nothing runs", () => {
    assert.match(
      describeStatus({ ...running, state: "stopped" }, now),
      /^cluster dev is stopped; its state is kept; "npx knflow cluster up --name dev"/,
    );
    assert.match(describeStatus({ ...running, state: "absent" }, now), /^cluster dev is not there; /);
  });

  it("is healthy only where everything runs and Kubernetes says so", () => {
    const healthy: ClusterStatus = { ...running, services: [etcd] };
    assert.equal(isHealthy(healthy), true);
    assert.equal(isHealthy(running), false);
    assert.equal(isHealthy({ ...healthy, nodeReady: false }), false);
    assert.equal(isHealthy({ ...healthy, state: "stopped" }), false);
  });
});
