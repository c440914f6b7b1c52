import assert from "node:assert/strict";
import { containerResources } from "../../../manifests/resources.ts";
import { functionYaml } from "../../../source/function-yaml.ts";

const resources = (given: object) =>
  containerResources(functionYaml.parse({ runtime: "python", resources: given }).resources);

describe("the resources of a function", () => {
  it("are the usual ones where function.yaml names none", () => {
    assert.deepEqual(resources({}), {
      requests: { cpu: "50m", memory: "64Mi" },
      limits: { cpu: "1", memory: "512Mi" },
    });
  });

  it("follow a limit below the usual request, and a request above the usual limit", () => {
    assert.deepEqual(resources({ limits: { memory: "32Mi" }, requests: { cpu: 2 } }), {
      requests: { cpu: "2", memory: "32Mi" },
      limits: { cpu: "2", memory: "32Mi" },
    });
  });

  it("are refused where a request exceeds its limit", () => {
    assert.throws(
      () => resources({ requests: { memory: "1Gi" }, limits: { memory: "900M" } }),
      /requests.memory \(1Gi\) must not exceed limits.memory \(900M\)/,
    );
    assert.doesNotThrow(() => resources({ requests: { cpu: "500m" }, limits: { cpu: "0.5" } }));
  });
});
