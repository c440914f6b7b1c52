import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { request } from "undici";
import { gatewayTracing } from "../../manifests/telemetry.ts";
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

  /** The settings of a stack that tells of requests whose callers ask for it, and of its figures. */
  get settings(): Record<string, unknown> {
    const { endpoint } = this.#collector;
    return { "knflow:tracing": { endpoint, sampling: 0 }, "knflow:metrics": { namespaces: ["monitoring"] } };
  }

  /**
   * Runs a workflow that calls a function: both are in the caller's trace, one in the other.
   *
   * @param platform the spans of the platform that have to be in it, as `<service> <kind> <name>`
   */
  async assertTraced(
    { gatewayUrl, workflows }: StackOutputs,
    { workflow, fn, input, platform }: { workflow: string; fn: string; input: object; platform: readonly string[] },
  ): Promise<void> {
    const trace = randomBytes(16).toString("hex");
    const headers = {
      host: workflows[workflow]?.host ?? "",
      "content-type": "application/json",
      traceparent: `00-${trace}-${randomBytes(8).toString("hex")}-01`,
    };
    const answer = await request(gatewayUrl, { method: "POST", headers, body: JSON.stringify(input) });
    assert.equal(answer.statusCode, 200, await answer.body.text());
    const ofTrace = () => this.#collector.spans.filter(({ traceId }) => traceId === trace);
    const there = () => ofTrace().map(({ service, kind, name }) => `${service} ${kind} ${name}`);
    const missing = () => platform.filter((span) => !there().includes(span));
    // Each process sends what it has every few seconds: what is in between may come last.
    const isWhole = () => missing().length === 0 && isCalledBy(ofTrace(), fn, workflow);
    await waitFor(`the trace of ${workflow}`, () => isWhole() || undefined, 30).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}; missing: ${missing().join(", ")}; there: ${there().join(", ")}`);
    });
  }

  /** While some work goes on, the gateway tells of itself, as that of a stack does whose settings keep every trace. */
  async whileGatewayTells(project: Project, work: () => Promise<void>): Promise<void> {
    const { endpoint } = this.#collector;
    const data = { ...gatewayTracing({ tracing: { endpoint, sampling: 1 } }) };
    const patch = (values: object) => {
      const args = ["configmap", "config-kourier", "--type=merge", "-p", JSON.stringify({ data: values })];
      return project.kubectl("-n", "knative-serving", "patch", ...args);
    };
    await patch(data);
    try {
      // Its own health check is told of, too: then it has taken the settings up.
      await this.#collector.received("one of the gateway's", ({ service }) => service === "kourier-knative");
      await work();
    } finally {
      await patch(Object.fromEntries(Object.keys(data).map((key) => [key, null])));
    }
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

/** Whether a function's span is in the workflow's call of it, and that in the workflow's span, whatever is in between. */
function isCalledBy(spans: readonly ReceivedSpan[], fn: string, workflow: string): boolean {
  const served = spans.find(({ kind, name }) => kind === "server" && name === fn);
  const outer = callers(served, spans);
  const call = outer.indexOf(`client call ${fn}`);
  return call >= 0 && outer.indexOf(`server ${workflow}`) > call;
}

/** What a span is in, the nearest first. */
function callers(span: ReceivedSpan | undefined, all: readonly ReceivedSpan[]): string[] {
  const outer = all.find(({ spanId }) => spanId === span?.parentSpanId);
  return outer === undefined ? [] : [`${outer.kind} ${outer.name}`, ...callers(outer, all)];
}
