import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Agent, request } from "undici";
import { parse, stringify } from "yaml";
import { checkEnd, scenarios, shop } from "../scenarios.ts";
import { addressTowards } from "./address.ts";
import type { StackOutputs } from "./project.ts";

const workflow = "scenarios";
const taskOf = (index: number) => `scenario${index}`;

/** The specification's conformance scenarios on a cluster: one workflow with all of them, and the shop that they call. */
export class Scenarios {
  readonly #shop = shop();
  #origin = "";

  /** Starts the shop where pods reach it, and writes the workflow. */
  async write(functions: string, nodeIp: string): Promise<void> {
    const address = await addressTowards(nodeIp);
    this.#shop.listen(0, address);
    await once(this.#shop, "listening");
    this.#origin = `http://${address}:${(this.#shop.address() as AddressInfo).port}`;

    const all = Object.values(scenarios);
    const document = { dsl: "1.0.0", namespace: "test", name: workflow, version: "1.0.0" };
    const cases = all.map((_, index) => ({
      [taskOf(index)]: { when: `.scenario == ${index}`, then: taskOf(index) },
    }));
    const tasks = all.map((scenario, index) => ({
      [taskOf(index)]: {
        input: { from: ".input" },
        do: parse(scenario.tasks.replaceAll("ORIGIN", this.#origin)) as object[],
        then: "end",
      },
    }));
    await mkdir(join(functions, workflow), { recursive: true });
    const definition = { document, do: [{ choose: { switch: cases } }, ...tasks] };
    await writeFile(join(functions, workflow, "workflow.yaml"), stringify(definition));
  }

  /** Runs each scenario. @returns what was wrong, scenario by scenario */
  async failures({ gatewayUrl, workflows }: StackOutputs): Promise<string[]> {
    const dispatcher = new Agent();
    const failures: string[] = [];
    for (const [index, [name, scenario]] of Object.entries(scenarios).entries()) {
      const body = JSON.stringify({ scenario: index, input: parse(scenario.input ?? "{}") as unknown });
      const headers = { host: workflows[workflow]?.host ?? "", "content-type": "application/json" };
      try {
        const answer = await request(gatewayUrl, { dispatcher, method: "POST", headers, body });
        const value = (await answer.body.json()) as object;
        const place = `/do/${index + 1}/${taskOf(index)}/do`;
        checkEnd(scenario, answer.statusCode === 200 ? { output: value } : { problem: value }, place);
      } catch (error) {
        failures.push(`${name}: ${(error as Error).message}`);
      }
    }
    await dispatcher.close();
    return failures;
  }

  /** Closes the shop. */
  async close(): Promise<void> {
    if (!this.#shop.listening) return;
    this.#shop.closeAllConnections();
    this.#shop.close();
    await once(this.#shop, "close");
  }
}
