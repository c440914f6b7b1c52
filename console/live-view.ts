import { styleText } from "node:util";
import { formatDuration } from "./duration.ts";
import { displayPath } from "./plain-text.ts";
import type { ProgressView, StepState } from "./progress.ts";
import { depth, failureLines, label } from "./step-text.ts";

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const frameMilliseconds = 120;
/** Steps shorter than this come and go without the line that says where the logs are. */
const logHintAfterMilliseconds = 3000;

const eraseLine = "\u001b[2K";
const cursorUp = (lines: number) => (lines === 0 ? "" : `\u001b[${lines}A`);
const eraseBelow = "\u001b[0J";
const wrapOff = "\u001b[?7l";
const wrapOn = "\u001b[?7h";

/**
 * Steps on a terminal: finished ones stay as lines, running ones are redrawn below them with the time they take and
 * their note.
 */
export function createLiveView(stream: NodeJS.WriteStream, logDir: string): ProgressView {
  const running = new Set<StepState>();
  /** Steps whose own line was printed as the heading of the finished steps inside them. */
  const headed = new Set<StepState>();
  let drawnLines = 0;
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;

  const style = (format: Parameters<typeof styleText>[0], text: string) =>
    styleText(format, text, { stream, validateStream: true });
  const indent = (step: StepState) => "  ".repeat(depth(step));
  const elapsed = (step: StepState) => style("dim", formatDuration(performance.now() - step.startedAt));

  /** Replaces what is drawn: `lines` stay for good, the running steps follow. */
  const draw = (lines: string[] = []) => {
    const area = runningLines().slice(0, Math.max(1, (stream.rows || 24) - 1));
    const kept = lines.map((line) => `${eraseLine}${line}\n`).join("");
    const redrawn = area.map((line) => `${eraseLine}${line}\n`).join("");
    // What is left of the last frame is erased at the end: some terminals keep a screen that is erased from its top.
    stream.write(`${cursorUp(drawnLines)}\r${kept}${wrapOff}${redrawn}${wrapOn}${eraseBelow}`);
    drawnLines = area.length;
  };

  const runningLines = () => {
    const lines = inOrder(running).map((step) => {
      const sign = frames[frame % frames.length] ?? "";
      const time = formatDuration(performance.now() - step.startedAt);
      let room = (stream.columns || 80) - 1 - indent(step).length - 2;
      const title = cut(label(step), room - time.length - 1);
      room -= title.length + 1 + time.length + 1;
      return `${indent(step)}${style("cyan", sign)} ${title} ${style("dim", time)} ${style("dim", cut(step.note, room))}`;
    });
    const longest = Math.max(0, ...[...running].map((step) => performance.now() - step.startedAt));
    if (longest > logHintAfterMilliseconds) lines.push(style("dim", `  logs: ${displayPath(logDir)}/`));
    return lines;
  };

  /** The lines of the steps around a step that stays on screen, unless they stand there already. */
  const headings = (step: StepState): string[] => {
    const { parent } = step;
    if (parent === undefined || headed.has(parent)) return [];
    headed.add(parent);
    return [...headings(parent), `${indent(parent)}${style("dim", "▸")} ${label(parent)}`];
  };

  return {
    started(step) {
      running.add(step);
      timer ??= setInterval(() => {
        frame += 1;
        draw();
      }, frameMilliseconds).unref();
      draw();
    },
    finished(step, why) {
      running.delete(step);
      headed.delete(step);
      const sign = why === undefined ? style("green", "✔") : style("red", "✗");
      const log = failureLines(step, why ?? [], `${indent(step)}  `).map((line) => style("dim", line));
      if (running.size === 0) {
        clearInterval(timer);
        timer = undefined;
      }
      draw([...headings(step), `${indent(step)}${sign} ${label(step)} ${elapsed(step)}`, ...log]);
    },
  };
}

/** The text in at most `room` columns; a wide character more is cut off by the terminal, whose wrapping is off. */
function cut(text: string, room: number): string {
  if (text.length <= room) return text;
  return room < 2 ? "" : `${text.slice(0, room - 1)}…`;
}

/** Every step followed by the steps inside it, in the order they started. */
function inOrder(running: Set<StepState>): StepState[] {
  const steps = [...running];
  const withInner = (step: StepState): StepState[] => [
    step,
    ...steps.filter((other) => other.parent === step).flatMap(withInner),
  ];
  return steps.filter((step) => step.parent === undefined || !running.has(step.parent)).flatMap(withInner);
}
