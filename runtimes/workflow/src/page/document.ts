import type { Definition } from "../definition/types.ts";
import { diagramTasks, withInner } from "./diagram/model.ts";
import { diagramSvg } from "./diagram/svg.ts";
import { jsonData, markup } from "./markup.ts";

/** An input that a workflow brings to be tried with. */
export interface Example {
  readonly name: string;
  /** JSON, as it is in its file. */
  readonly text: string;
}

/** What a page is made of. */
export interface PageContent {
  /** The workflow's name, as its address has it. */
  readonly name: string;
  readonly definition: Definition;
  /** The object with the definition on the file server, which runs name too. */
  readonly object: string;
  readonly examples: readonly Example[];
  /** Whether runs are written down, so that they can be looked at. */
  readonly isStored: boolean;
}

/** The page of a workflow, as HTML. All addresses in it are relative to its own, which ends in a slash. */
export function pageDocument({ name, definition, object, examples, isStored }: PageContent): string {
  const { title, version } = definition.document as { title?: string; version: string };
  const tasks = diagramTasks(definition);
  const told = tasks.flatMap(withInner).map(({ pointer, name, kind }) => ({ pointer, name, kind }));
  const data = { name, object, examples, isStored, tasks: told };
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${name}</title>
<link rel="icon" href="page/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="page/page.css">
<link rel="stylesheet" href="page/run.css">
<link rel="stylesheet" href="page/diagram.css">
<script type="application/json" id="workflow">${jsonData(data)}</script>
<script type="module" src="page/main.js"></script>
</head>
<body>
<header>
<h1>${name}</h1>
<p>${title ?? ""} <span class="version">${version}</span></p>
</header>
<main>
<section class="input" aria-labelledby="input-title">
<h2 id="input-title">Run it</h2>
<form id="form" novalidate>
<div class="examples" role="group" aria-label="Example inputs" hidden></div>
<label for="input">Input, as JSON</label>
<textarea id="input" rows="9" spellcheck="false" autocomplete="off" autocapitalize="off" aria-describedby="input-error input-hint">{}</textarea>
<p id="input-error" class="error" role="alert" hidden></p>
<div class="actions"><button type="submit" class="primary" id="start">Run</button> <span id="input-hint" class="hint">or <kbd>Ctrl</kbd> <kbd>Enter</kbd></span></div>
</form>
</section>
<section class="run" aria-labelledby="run-title">
<div class="run-head">
<h2 id="run-title">Workflow</h2>
<p id="run-status" role="status"></p>
<button type="button" id="cancel" hidden>Cancel</button>
</div>
<div id="problem" class="problem" role="alert" hidden></div>
<div class="diagram-frame" role="region" aria-label="Diagram" tabindex="0">${diagramSvg(tasks, `Diagram of ${name}: ${told.map((task) => task.name).join(", ")}`)}</div>
<details id="steps" hidden><summary>Steps</summary>
<div class="scroll"><table><thead><tr><th scope="col">Step</th><th scope="col">State</th><th scope="col">Duration</th></tr></thead><tbody></tbody></table></div>
</details>
<details id="run-input" hidden><summary>Input</summary><pre tabindex="0"></pre></details>
<div id="output" hidden><h3>Output</h3><pre tabindex="0"></pre></div>
</section>
<section class="recent" aria-labelledby="recent-title">
<h2 id="recent-title">Recent runs</h2>
<p id="recent-note" class="hint"></p>
<ul id="recent"></ul>
</section>
</main>
<noscript><p class="error">Runs are started and shown by JavaScript, which is off here. The diagram needs none.</p></noscript>
</body>
</html>
`.text;
}
