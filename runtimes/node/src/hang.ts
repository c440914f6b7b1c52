import type { Debugger } from "node:inspector";
import { setTimeout as pause } from "node:timers/promises";

/** The server's thread, held wherever it was. */
export interface StoppedThread {
  /** Where it was. */
  readonly trace: string;
  /** Ends the process with 1. */
  exit(): void;
}

/** Beyond it, the thread hangs outside of JavaScript; on a busy node it may get its turn late. */
const longestStop = 5000;
// Standard error is closed first: Node would write to it that a debugger is attached.
const exitExpression = 'process.getBuiltinModule("node:fs").closeSync(2), process.reallyExit(1)';

/** Holds the server's thread by the debugger's interface, from another thread; undefined where it does not stop. */
export async function stopServerThread(): Promise<StoppedThread | undefined> {
  const { Session } = await import("node:inspector/promises");
  const session = new Session();
  session.connectToMainThread();
  // The frames themselves name no files.
  const files = new Map<string, string>();
  session.on("Debugger.scriptParsed", ({ params }) => files.set(params.scriptId, params.url));
  // It also keeps this thread from ending while it waits.
  const late = pause(longestStop, []);
  const stopped = new Promise<Debugger.CallFrame[]>((resolve) =>
    session.on("Debugger.paused", ({ params }) => resolve(params.callFrames)),
  );
  void session.post("Debugger.enable");
  void session.post("Debugger.pause");
  const frames = await Promise.race([stopped, late]);
  const [top] = frames;
  if (top === undefined) return undefined;
  const { callFrameId } = top;
  return {
    trace: frames.map((frame) => describe(frame, files)).join("\n"),
    exit: () => void session.post("Debugger.evaluateOnCallFrame", { callFrameId, expression: exitExpression }),
  };
}

function describe({ functionName, location }: Debugger.CallFrame, files: ReadonlyMap<string, string>): string {
  const { scriptId, lineNumber, columnNumber = 0 } = location;
  return `    at ${functionName || "(anonymous)"} (${files.get(scriptId)}:${lineNumber + 1}:${columnNumber + 1})`;
}
