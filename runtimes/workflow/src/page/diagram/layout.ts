import { measure, sizes, type Measured, type MeasuredSection } from "./measure.ts";
import type { DiagramTask } from "./model.ts";

/** A task's box, in pixels from the diagram's upper left corner. */
export interface Box {
  readonly task: DiagramTask;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type Point = readonly [x: number, y: number];

/** A line along which a run goes. */
export interface Line {
  readonly kind: "next" | "jump" | "branch";
  readonly points: readonly Point[];
}

/** A line across a box, with what stands below it. */
export interface Divider {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly label: string;
}

/** Where everything is. Boxes come before those in them. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
  readonly dividers: readonly Divider[];
  /** Where runs begin and, where they come to it, the list's end. */
  readonly ends: readonly Point[];
}

interface Drawing {
  readonly boxes: Box[];
  readonly lines: Line[];
  readonly dividers: Divider[];
}

/** Lays tasks out: one below the other, and what is in a task inside of its box. */
export function layOut(tasks: readonly DiagramTask[]): Layout {
  const section = measure({ label: undefined, isParallel: false, tasks });
  const drawing: Drawing = { boxes: [], lines: [], dividers: [] };
  const { margin, gap, dot } = sizes;
  const top = margin + 2 * dot + gap;
  placeList(section, margin, top, section.width, drawing);
  const middle = margin + (section.width - section.laneWidth) / 2;
  const bottom = top + section.height + gap + dot;
  const width = section.width + 2 * margin;
  drawing.lines.push({
    kind: "next",
    points: [
      [middle, margin + 2 * dot],
      [middle, top],
    ],
  });
  const begin: Point = [middle, margin + dot];
  const isEndReached = section.tasks.at(-1)?.flows.some(({ to }) => ["continue", "exit", "end"].includes(to));
  if (!isEndReached) return { width, height: top + section.height + margin, ...drawing, ends: [begin] };
  drawing.lines.push({
    kind: "next",
    points: [
      [middle, bottom - dot - gap],
      [middle, bottom - dot],
    ],
  });
  return { width, height: bottom + dot + margin, ...drawing, ends: [begin, [middle, bottom]] };
}

function placeSection(section: MeasuredSection, x: number, y: number, width: number, drawing: Drawing): void {
  if (section.isParallel) placeBranches(section, x, y, width, drawing);
  else placeList(section, x, y, width, drawing);
}

function placeList(section: MeasuredSection, x: number, y: number, width: number, drawing: Drawing): void {
  const listWidth = width - section.laneWidth;
  const middle = x + listWidth / 2;
  const corners = new Map<string, Point>();
  let top = y;
  for (const [index, one] of section.tasks.entries()) {
    const following = section.tasks[index + 1];
    const own = Math.max(one.width, Math.min(listWidth, sizes.mostWidth));
    place(one, middle - own / 2, top, own, drawing);
    corners.set(one.task.name, [middle + own / 2, top]);
    const bottom = top + one.height;
    const isNext = one.flows.some(({ to }) => to === "continue" || to === following?.task.name);
    if (following && isNext)
      drawing.lines.push({
        kind: "next",
        points: [
          [middle, bottom],
          [middle, bottom + sizes.gap],
        ],
      });
    top = bottom + sizes.gap;
  }
  placeJumps(section, corners, drawing);
}

/**
 * Lines to tasks that are not the next one run beside the list, each in a lane of its own.
 *
 * @param corners the upper right ones of the list's boxes, in its order
 */
function placeJumps({ jumps }: MeasuredSection, corners: ReadonlyMap<string, Point>, drawing: Drawing): void {
  const names = [...corners.keys()];
  for (const [lane, { from, to, offset }] of jumps.entries()) {
    const [first = 0, last] = [names.indexOf(from), names.indexOf(to)].sort((a, b) => a - b);
    const passed = [...corners.values()].slice(first, (last ?? first) + 1);
    const x = Math.max(...passed.map(([right]) => right)) + sizes.lane * (lane + 1);
    const [startX, startTop] = corners.get(from) as Point;
    const [endX, endTop] = corners.get(to) as Point;
    const [start, end] = [startTop + offset, endTop + sizes.arrival];
    drawing.lines.push({
      kind: "jump",
      points: [
        [startX, start],
        [x, start],
        [x, end],
        [endX, end],
      ],
    });
  }
}

/** Branches stand beside each other, between a line that they begin at and one where they meet again. */
function placeBranches(section: MeasuredSection, x: number, y: number, width: number, drawing: Drawing): void {
  const { branchGap, gap } = sizes;
  const spare = (width - section.width) / section.tasks.length;
  const bottom = y + section.height;
  const middles: number[] = [];
  let left = x;
  for (const one of section.tasks) {
    const own = one.width + spare;
    const middle = left + own / 2;
    place(one, left, y + gap, own, drawing);
    drawing.lines.push({
      kind: "next",
      points: [
        [middle, y],
        [middle, y + gap],
      ],
    });
    drawing.lines.push({
      kind: "branch",
      points: [
        [middle, y + gap + one.height],
        [middle, bottom],
      ],
    });
    middles.push(middle);
    left += own + branchGap;
  }
  for (const at of [y, bottom]) {
    drawing.lines.push({
      kind: "branch",
      points: [
        [middles[0] ?? x, at],
        [middles.at(-1) ?? x, at],
      ],
    });
  }
}

function place(measured: Measured, x: number, y: number, width: number, drawing: Drawing): void {
  const { task, headHeight, sections } = measured;
  const stack = task.isMap ? sizes.stack : 0;
  const box = { task, x, y, width: width - stack, height: measured.height - stack };
  drawing.boxes.push(box);
  const { padding, label } = sizes;
  let top = y + headHeight;
  for (const section of sections) {
    if (section.label !== undefined) {
      drawing.dividers.push({ x, y: top, width: box.width, label: section.label });
      top += label;
    }
    if (section.tasks.length === 0) continue;
    placeSection(section, x + padding, top, box.width - 2 * padding, drawing);
    top += section.height + padding;
  }
}
