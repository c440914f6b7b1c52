import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { executorMetrics, functionMetrics, type MetricFamily } from "../../runtime/metric-families.ts";

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly { name: string; type: string; definition?: string }[] };
  readonly panels: readonly {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly datasource?: { readonly type: string; readonly uid: string };
    readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
  }[];
}

const families: Readonly<Record<string, MetricFamily>> = { ...functionMetrics, ...executorMetrics };

/** The names that a family's figures have. */
function figures([name, { type }]: [string, MetricFamily]): string[] {
  return type === "histogram" ? ["_bucket", "_sum", "_count"].map((suffix) => name + suffix) : [name];
}

describe("the Grafana dashboard", () => {
  let dashboard: Dashboard;
  let expressions: string[];

  before(async () => {
    dashboard = JSON.parse(await readFile("docs/observability/grafana-dashboard.json", "utf8")) as Dashboard;
    const ofPanels = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expressions = [...ofPanels, ...dashboard.templating.list.flatMap(({ definition }) => definition ?? [])];
  });

  it("has ids of its own for every panel, and for every query of a panel", () => {
    const ids = dashboard.panels.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.every(Number.isInteger));
    for (const { title, targets = [] } of dashboard.panels) {
      assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
    }
  });

  it("asks nothing but what runtimes and executors tell, and shows all of it", () => {
    const known = new Set(Object.entries(families).flatMap(figures));
    const asked = new Set(expressions.flatMap((one) => one.match(/knflow_\w+/g) ?? []));
    assert.deepEqual(
      [...asked].filter((name) => !known.has(name)),
      [],
    );
    const unseen = Object.entries(families).filter((family) => !figures(family).some((name) => asked.has(name)));
    assert.deepEqual(unseen, []);
  });

  it("asks by labels that these figures have", () => {
    // The namespace is the scrape's to add.
    const variables = ["namespace", "workflow", "function", "le"];
    const labels = new Set([...variables, ...Object.values(families).flatMap((family) => family.labels)]);
    for (const expression of expressions) {
      const inBraces = [...expression.matchAll(/\{([^}]*)\}/g)].flatMap(
        ([, text = ""]) => text.match(/\w+(?==)/g) ?? [],
      );
      const grouped = [...expression.matchAll(/by \(([^)]*)\)/g)].flatMap(([, text = ""]) => text.split(", "));
      for (const label of [...inBraces, ...grouped]) assert.ok(labels.has(label), `${label} in ${expression}`);
    }
  });

  it("shows one stack's figures, of the workflows and functions that are chosen", async () => {
    const panels = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    for (const expression of panels) {
      for (const [, name = "", selector = ""] of expression.matchAll(/\b(knflow_\w+)(?:\{([^}]*)\})?/g)) {
        assert.ok(selector.includes('namespace="$namespace",workflow=~"$workflow"'), expression);
        const ofFunctions = Object.entries(functionMetrics).some((family) => figures(family).includes(name));
        assert.equal(selector.includes('function=~"$function"'), ofFunctions, expression);
      }
    }
    const guide = await readFile("docs/guides/observability.md", "utf8");
    assert.match(guide, /source_labels: \[__meta_kubernetes_namespace\], target_label: namespace/);
  });

  it("takes its data from whatever source is chosen, of Prometheus", () => {
    const names = dashboard.templating.list.map(({ name, type }) => `${name}: ${type}`);
    assert.deepEqual(names, ["datasource: datasource", "namespace: query", "workflow: query", "function: query"]);
    for (const { title, type, datasource } of dashboard.panels) {
      if (type !== "row") assert.deepEqual(datasource, { type: "prometheus", uid: "${datasource}" }, title);
    }
  });

  it("has a place on the grid for each panel that no other one has", () => {
    const taken = new Set<string>();
    for (const { title, gridPos } of dashboard.panels) {
      assert.ok(gridPos.x + gridPos.w <= 24, title);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.ok(!taken.has(`${x},${y}`), title);
          taken.add(`${x},${y}`);
        }
      }
    }
    assert.deepEqual([dashboard.uid, dashboard.title], ["knflow", "knflow"]);
    assert.ok(dashboard.schemaVersion >= 36);
  });
});
