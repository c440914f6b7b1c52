/** Seconds; what takes longer than the last one counts as infinite. A run may take ten minutes. */
const buckets: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600];

type Kind = "counter" | "gauge" | "histogram";
type Labels = readonly string[];

/** Figures of one process as Prometheus reads them: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export class Metrics {
  readonly #fixed: string;
  readonly #families: Family[] = [];

  /** @param fixed labels that all figures have */
  constructor(fixed: Readonly<Record<string, string>>) {
    this.#fixed = Object.entries(fixed)
      .map(([name, value]) => pair(name, value))
      .join(",");
  }

  /** Something that is counted; the function counts one more, with the values of the labels. */
  counter(name: string, help: string, ...labels: string[]): (...values: Labels) => void {
    const family = this.#family("counter", name, help, labels);
    return (...values) => family.add(1, values);
  }

  /** Something that goes up and down; the function adds to it. */
  gauge(name: string, help: string, ...labels: string[]): (change: number, ...values: Labels) => void {
    const family = this.#family("gauge", name, help, labels);
    return (change, ...values) => family.add(change, values);
  }

  /** Durations; the function takes one, in seconds. */
  histogram(name: string, help: string, ...labels: string[]): (seconds: number, ...values: Labels) => void {
    const family = this.#family("histogram", name, help, labels);
    return (seconds, ...values) => family.observe(seconds, values);
  }

  /** All of them. */
  text(): string {
    return this.#families.map((family) => family.text()).join("");
  }

  #family(kind: Kind, name: string, help: string, labels: Labels): Family {
    const family = new Family(kind, name, help, labels, this.#fixed);
    this.#families.push(family);
    return family;
  }
}

interface Series {
  readonly labels: string;
  /** The value; of a histogram the sum of what was observed. */
  value: number;
  /** Observations by bucket, each counted once; the last one is infinite. */
  readonly counts: number[];
}

class Family {
  readonly #kind: Kind;
  readonly #name: string;
  readonly #help: string;
  readonly #labels: Labels;
  readonly #fixed: string;
  readonly #series = new Map<string, Series>();

  constructor(kind: Kind, name: string, help: string, labels: Labels, fixed: string) {
    this.#kind = kind;
    this.#name = name;
    this.#help = help;
    this.#labels = labels;
    this.#fixed = fixed;
  }

  add(change: number, values: Labels): void {
    this.#of(values).value += change;
  }

  observe(seconds: number, values: Labels): void {
    const series = this.#of(values);
    const found = buckets.findIndex((limit) => seconds <= limit);
    const at = found < 0 ? buckets.length : found;
    series.counts[at] = (series.counts[at] ?? 0) + 1;
    series.value += seconds;
  }

  text(): string {
    const head = `# HELP ${this.#name} ${this.#help}\n# TYPE ${this.#name} ${this.#kind}\n`;
    const lines = [...this.#series.values()].flatMap((series) =>
      this.#kind === "histogram" ? this.#histogram(series) : [this.#line("", series.labels, series.value)],
    );
    return head + lines.join("");
  }

  #histogram({ labels, value, counts }: Series): string[] {
    let count = 0;
    const lines = counts.map((own, at) => {
      count += own;
      return this.#line("_bucket", `${labels},le="${buckets[at] ?? "+Inf"}"`, count);
    });
    return [...lines, this.#line("_sum", labels, value), this.#line("_count", labels, count)];
  }

  #line(suffix: string, labels: string, value: number): string {
    return `${this.#name}${suffix}{${labels}} ${value}\n`;
  }

  #of(values: Labels): Series {
    const key = values.join("\0");
    let series = this.#series.get(key);
    if (series === undefined) {
      const own = this.#labels.map((name, at) => pair(name, values[at] ?? ""));
      const counts = this.#kind === "histogram" ? new Array<number>(buckets.length + 1).fill(0) : [];
      series = { labels: [this.#fixed, ...own].join(","), value: 0, counts };
      this.#series.set(key, series);
    }
    return series;
  }
}

function pair(name: string, value: string): string {
  const escaped = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return `${name}="${escaped}"`;
}
