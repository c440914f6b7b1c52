import type { FunctionSettings } from "../source/function-yaml.ts";
import { quantityValue } from "../source/quantity.ts";

/** Used where function.yaml names no resources: little enough for a small node, enough for a Python function. */
const usual = {
  cpu: { request: "50m", limit: "1" },
  memory: { request: "64Mi", limit: "512Mi" },
} as const;

/**
 * The resources of a function's container: those of function.yaml, and the usual ones for what it leaves out, as far as these do
 * not contradict them: a limit below the usual request is the request too, a request above the usual limit the limit too.
 */
export function containerResources({ requests, limits }: FunctionSettings["resources"]) {
  const [cpu, memory] = (["cpu", "memory"] as const).map((name) => {
    const { request, limit } = usual[name];
    return {
      request: requests[name] ?? (limits[name] === undefined ? request : smaller(request, limits[name])),
      limit: limits[name] ?? (requests[name] === undefined ? limit : larger(limit, requests[name])),
    };
  }) as [Range, Range];
  return {
    requests: { cpu: cpu.request, memory: memory.request },
    limits: { cpu: cpu.limit, memory: memory.limit },
  };
}

interface Range {
  readonly request: string;
  readonly limit: string;
}

function smaller(one: string, other: string): string {
  return quantityValue(one) <= quantityValue(other) ? one : other;
}

function larger(one: string, other: string): string {
  return quantityValue(one) >= quantityValue(other) ? one : other;
}
