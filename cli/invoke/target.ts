import { UserError } from "../../console/errors.ts";
import { didYouMean } from "../../console/did-you-mean.ts";
import { labels } from "../../manifests/labels.ts";
import type { StackOutputs } from "../pulumi/outputs.ts";
import { workflowsAndFunctionsInTree } from "../working-tree.ts";

/** Where a call goes. */
export interface Target {
  /** `<workflow>` or `<workflow>/<function>` */
  readonly name: string;
  /** Address that takes the request. */
  readonly gatewayUrl: string;
  /** The Host header, by which the gateway knows the service. */
  readonly host: string;
  /** What it runs on, by which a failure is explained. */
  readonly runsOn: "embedded cluster" | "cluster" | "machine";
}

/**
 * Finds what a name on the command line means.
 *
 * @param name `<workflow>` or `<workflow>/<function>`
 * @param embedded whether the stack is for the embedded cluster
 * @throws UserError that names what there is
 */
export function findTarget(name: string, outputs: StackOutputs, embedded: boolean): Target {
  const { host } = deployedService(name, outputs);
  return { name, gatewayUrl: outputs.gatewayUrl, host, runsOn: embedded ? "embedded cluster" : "cluster" };
}

/** @throws UserError that names what there is */
function deployedService(name: string, outputs: StackOutputs): { readonly host: string } {
  const [workflowName = "", ...rest] = name.split("/");
  const workflow = own(outputs.workflows, workflowName);
  if (workflow === undefined) {
    const known = Object.keys(outputs.workflows);
    throw new UserError(
      undeployed(workflowName) ??
        `there is no workflow ${JSON.stringify(workflowName)}; ${didYouMean(workflowName, known)}`,
    );
  }
  if (rest.length === 0) return workflow;
  const functionName = rest.join("/");
  const found = own(workflow.functions, functionName);
  if (found === undefined) {
    const known = Object.keys(workflow.functions);
    throw new UserError(
      undeployed(name) ??
        `workflow ${workflowName} has no function ${JSON.stringify(functionName)}; ${didYouMean(functionName, known)}`,
    );
  }
  return found;
}

/** What to say of a name that the working tree knows and the stack does not. */
function undeployed(name: string): string | undefined {
  if (!workflowsAndFunctionsInTree().includes(name)) return undefined;
  return `${notYet(name)}; where an update of it failed, "npx knflow status ${name}" says why`;
}

function notYet(name: string): string {
  const how = '"npm start" (stack dev) or "pulumi up" deploys it, "npx knflow promote" to a stack that runs a release';
  return `${name} is in the working tree but not deployed to this stack yet; ${how}`;
}

/** The label selector of all services and Pods of knflow's functions and workflows. */
export const everySelector = `${labels.managedBy}=knflow,${labels.workflow}`;

/**
 * The label selector of the services and Pods that a name on the command line means; all of knflow's where there is none.
 *
 * @throws UserError that names what there is
 */
export function targetSelector(name: string | undefined, outputs: StackOutputs): string {
  if (name === undefined) return everySelector;
  // What an update could not finish is in no outputs, and yet on the cluster: of all, that wants to be looked at.
  if (!workflowsAndFunctionsInTree().includes(name)) deployedService(name, outputs);
  const [workflow, fn] = name.split("/");
  return `${labels.workflow}=${workflow}${fn === undefined ? "" : `,${labels.function}=${fn}`}`;
}

/** What to say of a name of which the cluster has no service, though `targetSelector` knows it. */
export function notOnCluster(name: string, outputs: StackOutputs): string {
  const [workflow = "", fn] = name.split("/");
  const recorded = own(outputs.workflows, workflow);
  const known = fn === undefined ? recorded : recorded && own(recorded.functions, fn);
  if (known === undefined) return notYet(name);
  return `${name} is not deployed: the stack's last update made it, but the cluster has none; "pulumi up --refresh" makes it again`;
}

/** The workflow that a name on the command line is of: `<workflow>` or `<workflow>/<function>`. */
export function workflowOf(name: string): string {
  return name.split("/")[0] ?? name;
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
