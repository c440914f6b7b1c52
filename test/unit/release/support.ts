import type { Release } from "../../../release/release.ts";

/** A digest that is one letter again and again. */
export const digest = (letter: string) => letter.repeat(64);

/** A release with one workflow of one function. */
export function aRelease(number: number, more: Partial<Release> = {}): Release {
  return {
    number,
    date: "2026-01-02T03:04:05.000Z",
    from: "dev",
    commit: "c".repeat(40),
    functions: "functions",
    images: {
      python: `registry.example.com/knflow/runtime-python:1@sha256:${digest("1")}`,
      workflow: `registry.example.com/knflow/workflow-executor:1@sha256:${digest("2")}`,
      fileServer: `registry.example.com/knflow/file-server:1@sha256:${digest("3")}`,
    },
    workflows: { orders: { digest: digest("a"), functions: { pay: { digest: digest("b") } } } },
    ...more,
  };
}
