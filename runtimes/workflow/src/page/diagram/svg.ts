import { markup, type Markup } from "../markup.ts";
import { layOut, type Box, type Divider, type Line, type Point } from "./layout.ts";
import { sizes } from "./measure.ts";
import type { DiagramTask } from "./model.ts";
import { fitted, widthOf } from "./text.ts";

/**
 * The diagram of tasks as SVG. Each task is a `g` with its JSON pointer in `data-task`; a run is shown by its
 * `data-state`, and by the text of its `.time`. How all of that looks is the style sheet's.
 */
export function diagramSvg(tasks: readonly DiagramTask[], title: string): Markup {
  const { width, height, boxes, lines, dividers, ends } = layOut(tasks);
  return markup`<svg class="diagram" role="img" aria-label="${title}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0.5 0.5 7 4 0.5 7.5"/></marker></defs>
${boxes.map(boxMarkup)}
${dividers.map(dividerMarkup)}
${lines.map(lineMarkup)}
${ends.map(([x, y]) => markup`<circle class="end" cx="${x}" cy="${y}" r="${sizes.dot}"/>`)}
</svg>`;
}

function boxMarkup({ task, x, y, width, height }: Box): Markup {
  const { indent, padding, row, head, time } = sizes;
  const right = width - padding;
  const kindWidth = widthOf(task.kind, "kind");
  const room = { name: right - indent - kindWidth - 8, detail: right - indent - time + 8, row: right - indent };
  const rows = task.condition === undefined ? 0 : 1;
  return markup`<g class="task" data-task="${task.pointer}" data-kind="${task.kind}" transform="translate(${x} ${y})"><title>${hint(task)}</title>
${task.isMap ? [sheet(width, height, 8), sheet(width, height, 4)] : []}<rect class="box" width="${width}" height="${height}" rx="8"/>
<g class="mark" transform="translate(17 18)"><circle r="6"/><path class="done" d="M-2.8 0.2-0.8 2.4 3-2"/><path class="failed" d="M-2.3-2.3 2.3 2.3M2.3-2.3-2.3 2.3"/><path class="skipped" d="M-2.8 0H2.8"/></g>
<text class="name" x="${indent}" y="22">${fitted(task.name, "name", room.name)}</text>
<text class="kind" x="${right}" y="21">${task.kind}</text>
<text class="detail" x="${indent}" y="39">${fitted(detailOf(task), "detail", room.detail)}</text>
<text class="time" x="${right}" y="39"></text>
${task.condition === undefined ? "" : markup`<text class="detail" x="${indent}" y="${head + 10}">${fitted(`if ${task.condition}`, "detail", room.row)}</text>`}
${task.cases.map((one, index) => {
  const at = head + row * (rows + index) + 10;
  const target = `→ ${one.then}`;
  const left = fitted(`${one.name}: ${one.condition}`, "detail", room.row - widthOf(target, "detail") - 8);
  return markup`<text class="detail" x="${indent}" y="${at}">${left}</text><text class="target" x="${right}" y="${at}">${target}</text>`;
})}</g>
`;
}

/** What is behind the box of tasks that run at the same time. */
function sheet(width: number, height: number, offset: number): Markup {
  return markup`<rect class="sheet" x="${offset}" y="${offset}" width="${width}" height="${height}" rx="8"/>`;
}

function detailOf({ detail, then, cases }: DiagramTask): string {
  return then === undefined || then === "continue" || cases.length > 0 ? detail : `${detail} → ${then}`;
}

/** All of what is cut off where there is no room. */
function hint({ name, kind, detail, condition, cases }: DiagramTask): string {
  const told = cases.map((one) => `\n${one.name}: ${one.condition} → ${one.then}`);
  return `${name} (${kind}): ${detail}${condition === undefined ? "" : `\nif ${condition}`}${told.join("")}`;
}

function dividerMarkup({ x, y, width, label }: Divider): Markup {
  const { padding } = sizes;
  return markup`<g class="divider" transform="translate(${x} ${y})"><path d="M0 0H${width}"/><text class="detail" x="${padding}" y="20">${fitted(label, "detail", width - 2 * padding)}</text></g>
`;
}

function lineMarkup({ kind, points }: Line): Markup {
  const end = kind === "branch" ? "" : markup` marker-end="url(#arrow)"`;
  return markup`<path class="line ${kind}" d="${path(points)}"${end}/>
`;
}

function path(points: readonly Point[]): string {
  return `M${points.map(([x, y]) => `${x} ${y}`).join("L")}`;
}
