import assert from "node:assert/strict";
import { request } from "undici";
import { waitFor } from "./wait.ts";

/** One figure. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What Prometheus reads at a port. */
export interface Scrape {
  /** The types of families, by their names. */
  readonly types: Readonly<Record<string, string>>;
  readonly samples: readonly Sample[];
  /** The value of the figure with these labels among its own; undefined where there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
}

/** Reads a process's figures, and fails where Prometheus would not understand them. */
export async function scrape(port: number): Promise<Scrape> {
  // Its port opens a moment after that of the calls.
  const answer = await waitFor(`the port of the metrics, ${port}`, () =>
    request(`http://127.0.0.1:${port}/metrics`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNREFUSED") throw error;
      return undefined;
    }),
  );
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
  return parsed(await answer.body.text());
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
export function parsed(text: string): Scrape {
  assert.ok(text.endsWith("\n"));
  const types: Record<string, string> = {};
  const samples: Sample[] = [];
  for (const line of text.trimEnd().split("\n")) {
    const [, name, type] = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (name !== undefined && type !== undefined) types[name] = type;
    else if (!/^# HELP \w+ \S/.test(line)) samples.push(sampleIn(line));
  }
  for (const [name, type] of Object.entries(types)) if (type === "histogram") checkHistogram(name, samples);
  const value: Scrape["value"] = (name, labels = {}) =>
    samples.find(
      (one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
    )?.value;
  return { types, samples, value };
}

function sampleIn(line: string): Sample {
  const [, name, labels, value] = /^(\w+)\{((?:\w+="(?:[^"\\\n]|\\["\\n])*",?)*)\} (\S+)$/.exec(line) ?? [];
  assert.ok(name !== undefined && labels !== undefined && Number.isFinite(Number(value)), `no figure: ${line}`);
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(
    ([, key = "", text = ""]) => [key, text] as const,
  );
  return { name, labels: Object.fromEntries(pairs), value: Number(value) };
}

/** Buckets never fall, and the last one holds all. */
function checkHistogram(name: string, samples: readonly Sample[]): void {
  const keyOf = ({ labels: { le: _, ...labels } }: Sample) => JSON.stringify(labels);
  for (const count of samples.filter((one) => one.name === `${name}_count`)) {
    const own = samples.filter((one) => one.name === `${name}_bucket` && keyOf(one) === keyOf(count));
    const values = own.map(({ value }) => value);
    assert.deepEqual(
      values,
      values.toSorted((one, other) => one - other),
    );
    assert.deepEqual([own.at(-1)?.labels.le, own.at(-1)?.value], ["+Inf", count.value]);
  }
}
