// A thread that evaluates: what it is given may run for ever, so that it must be possible to end it.
import { parentPort } from "node:worker_threads";
import { ExpressionError, runJq } from "./engine.ts";

/** What a thread is given. */
export interface Question {
  readonly program: string;
  readonly data: string;
}

/** What a thread says: that it has loaded jq, and then jq's values, or what it says is wrong. */
export type Message = "loaded" | Answer;

type Answer = { readonly values: string } | { readonly error: string; readonly spent: boolean };

parentPort?.on("message", ({ program, data }: Question) => parentPort?.postMessage(answer(program, data)));

parentPort?.postMessage("loaded" satisfies Message);

function answer(program: string, data: string): Answer {
  try {
    return { values: runJq(program, data) };
  } catch (error) {
    return { error: (error as Error).message, spent: !(error instanceof ExpressionError) || error.spent };
  }
}
