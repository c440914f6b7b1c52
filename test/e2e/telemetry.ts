import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { request } from "undici";
import { Collector, type ReceivedSpan } from "../runtime/support/collector.ts";
import { parsed } from "../runtime/support/exposition.ts";
import { waitFor } from "../runtime/support/wait.ts";
import { addressTowards } from "./address.ts";
import type { Project, StackOutputs } from "./project.ts";

/** A collector that pods reach, and what a stack's processes told it and tell Prometheus. */
export class Telemetry {
  readonly #collector: Collector;

  private constructor(collector: Collector) {
    this.#collector = collector;
  }

  static async start(nodeIp: string): Promise<Telemetry> {
    return new Telemetry(await Collector.start(() => 200, await addressTowards(nodeIp)));
  }

  /** The settings of a stack that tells. */
  get settings(): Record<string, unknown> {
    const { endpoint } = this.#collector;
    return { "knflow:tracing": { endpoint }, "knflow:metrics": { namespaces: ["monitoring"] } };
  }

  /** Runs a workflow that calls a function: both are in the caller's trace, one in the other. */
  async assertTraced(
    { gatewayUrl, workflows }: StackOutputs,
    workflow: string,
    fn: string,
    input: object,
  ): Promise<void> {
    const trace = randomBytes(16).toString("hex");
    const headers = {
      host: workflows[workflow]?.host ?? "",
      "content-type": "application/json",
      traceparent: `00-${trace}-${randomBytes(8).toString("hex")}-01`,
    };
    const answer = await request(gatewayUrl, { method: "POST", headers, body: JSON.stringify(input) });
    assert.equal(answer.statusCode, 200, await answer.body.text());
    const served = [fn, workflow];
    const spans = await waitFor("the trace", () => {
      const own = this.#collector.spans.filter(({ traceId }) => traceId === trace);
      return served.every((name) => own.some((span) => span.kind === "server" && span.name === name)) ? own : undefined;
    });
    const outer = callers(
      spans.find(({ kind, name }) => kind === "server" && name === fn),
      spans,
    );
    assert.deepEqual([outer[0], outer.at(-1)], [`client call ${fn}`, `server ${workflow}`], outer.join(" < "));
  }

  /** Reads the figures of a service's Pod as Prometheus does, and expects these families among them. */
  async assertMeasured(project: Project, service: string, families: object): Promise<void> {
    const namespace = `knflow-${project.stack}`;
    const of = ["-l", `serving.knative.dev/service=${service}`, "--field-selector=status.phase=Running"];
    const path = "{.items[0].metadata.name} {.items[0].metadata.annotations['prometheus\\.io/port']}";
    const found = await project.kubectl("-n", namespace, "get", "pods", ...of, "-o", `jsonpath=${path}`);
    const [pod, port] = found.split(" ");
    const address = `/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy/metrics`;
    const { types } = parsed(`${await project.kubectl("get", "--raw", address)}\n`);
    assert.deepEqual(
      Object.keys(families).filter((name) => !(name in types)),
      [],
    );
  }

  stop(): Promise<void> {
    return this.#collector.stop();
  }
}

/** What a span is in, the nearest first. */
function callers(span: ReceivedSpan | undefined, all: readonly ReceivedSpan[]): string[] {
  const outer = all.find(({ spanId }) => spanId === span?.parentSpanId);
  return outer === undefined ? [] : [`${outer.kind} ${outer.name}`, ...callers(outer, all)];
}
