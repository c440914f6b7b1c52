import type { DiagramTask, Section } from "./model.ts";
import { widthOf } from "./text.ts";

/** Lengths of the diagram, in pixels. */
export const sizes = {
  margin: 8,
  /** Between boxes that follow each other. */
  gap: 22,
  /** Between branches. */
  branchGap: 14,
  /** Between a box and what is in it. */
  padding: 12,
  /** The radius of where runs begin and end. */
  dot: 5,
  /** A task's name, and what it does. */
  head: 50,
  /** Between that and the first task inside. */
  headGap: 6,
  /** Each further line in a box: a condition, or a case. */
  row: 20,
  /** The room of a section's label. */
  label: 32,
  /** How far the sheets behind a parallel map stand out. */
  stack: 8,
  /** Between lines beside a list. */
  lane: 12,
  /** How far below its upper edge such a line meets a box. */
  arrival: 16,
  /** The room of a duration. */
  time: 92,
  /** Where texts begin, behind the mark of the task's state. */
  indent: 32,
  leastWidth: 236,
  /** Of a box that is not wider by what is in it. */
  mostWidth: 336,
} as const;

/** Where a run may go behind a task, and how far below the task's upper edge that is told. */
interface Flow {
  readonly to: string;
  readonly offset: number;
}

/** A line to a task that is not the next one. */
interface Jump extends Flow {
  readonly from: string;
}

/** A task with the room that it needs. */
export interface Measured {
  readonly task: DiagramTask;
  readonly width: number;
  readonly height: number;
  /** What is above its sections. */
  readonly headHeight: number;
  readonly sections: readonly MeasuredSection[];
  readonly flows: readonly Flow[];
}

/** Tasks with the room that they need together. */
export interface MeasuredSection {
  readonly label: string | undefined;
  readonly isParallel: boolean;
  readonly width: number;
  readonly height: number;
  readonly tasks: readonly Measured[];
  readonly jumps: readonly Jump[];
  /** The room of the jumps beside the list. */
  readonly laneWidth: number;
}

/** How much room tasks need. */
export function measure({ label, isParallel, tasks }: Section): MeasuredSection {
  const measured = tasks.map(measureTask);
  const widths = measured.map(({ width }) => width);
  const heights = measured.map(({ height }) => height);
  if (isParallel) {
    const width = sum(widths) + sizes.branchGap * (widths.length - 1);
    const height = Math.max(...heights) + 2 * sizes.gap;
    return { label, isParallel, width, height, tasks: measured, jumps: [], laneWidth: 0 };
  }
  const jumps = measured.flatMap((one, index) => jumpsOf(one, measured, index));
  const laneWidth = jumps.length === 0 ? 0 : sizes.lane * (jumps.length + 1);
  const height = sum(heights) + sizes.gap * Math.max(heights.length - 1, 0);
  return { label, isParallel, width: Math.max(0, ...widths) + laneWidth, height, tasks: measured, jumps, laneWidth };
}

function measureTask(task: DiagramTask): Measured {
  const sections = task.sections.map(measure);
  const { head, headGap, row, padding, label, stack, indent, time } = sizes;
  const rows = task.cases.length + (task.condition === undefined ? 0 : 1);
  const headHeight = head + row * rows + (sections.length === 0 ? 0 : headGap);
  const heights = sections.map(
    (one) => (one.label === undefined ? 0 : label) + (one.tasks.length === 0 ? 0 : one.height + padding),
  );
  const texts = [
    widthOf(task.name, "name") + widthOf(task.kind, "kind") + 12,
    widthOf(task.detail, "detail") + time,
    ...(task.condition === undefined ? [] : [widthOf(`if ${task.condition}`, "detail")]),
    ...task.cases.map((one) => widthOf(`${one.name}: ${one.condition} → ${one.then}`, "detail") + 16),
    ...sections.map((one) => widthOf(one.label ?? "", "detail") - indent),
  ];
  const own = Math.min(Math.max(...texts) + indent + padding, sizes.mostWidth);
  const inner = sections.map(({ width }) => width + 2 * padding);
  const extra = task.isMap ? stack : 0;
  return {
    task,
    width: Math.max(sizes.leastWidth, own, ...inner) + extra,
    height: headHeight + sum(heights) + extra,
    headHeight,
    sections,
    flows: flowsOf(task),
  };
}

function flowsOf(task: DiagramTask): Flow[] {
  const first = sizes.head + (task.condition === undefined ? 0 : sizes.row);
  const cases = task.cases.map(({ then }, index) => ({ to: then, offset: first + sizes.row * index + 6 }));
  return task.then === undefined ? cases : [...cases, { to: task.then, offset: sizes.arrival + 8 }];
}

function jumpsOf({ task, flows }: Measured, list: readonly Measured[], index: number): Jump[] {
  const names = list.map((one) => one.task.name);
  return flows
    .filter(({ to }) => names.includes(to) && to !== names[index + 1])
    .map((flow) => ({ ...flow, from: task.name }));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
