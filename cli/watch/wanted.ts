import type { CodeObject } from "../../archive/code-object.ts";
import { functionServiceName } from "../../source/names.ts";
import type { WorkflowSource } from "../../source/workflow-source.ts";

/** A Knative Service as the working tree has it. */
export interface Wanted {
  /** `<workflow>` or `<workflow>/<function>` */
  readonly name: string;
  /** The Knative Service's name. */
  readonly service: string;
  readonly archive: CodeObject;
  /** What else the Service is made from, that only an update of the stack brings; compared as text. */
  readonly settings: string;
}

/** The Services of a workflow: its functions, and the workflow's own behind them, whose definition calls them. */
export function wantedServices({ name, archive, functions }: WorkflowSource): Wanted[] {
  return [
    ...functions.map((fn) => ({
      name: `${name}/${fn.name}`,
      service: functionServiceName(name, fn.name),
      archive: fn.archive,
      settings: JSON.stringify([fn.settings, fn.dependencies?.lockSha256]),
    })),
    { name, service: name, archive, settings: JSON.stringify(functions.map((fn) => fn.name)) },
  ];
}
