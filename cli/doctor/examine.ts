import { UserError } from "../../console/errors.ts";
import { namespaceOf, type SettingsKeys } from "../../settings/keys.ts";
import { Interrupted } from "../interrupt.ts";
import { Kubectl } from "../kubectl.ts";
import { clusterAccess, stackName, stackSettings } from "../stack.ts";
import { builderFindings } from "./builder.ts";
import { knativeFinding, namespaceFinding, reachFindings } from "./cluster.ts";
import type { Area, Finding } from "./finding.ts";
import { functionsFinding } from "./functions.ts";
import { networkFinding } from "./network.ts";
import { storageFindings } from "./storage.ts";
import { presentTool, toolFindings } from "./tools.ts";
import { toolOf } from "../../cluster/toolchain/tools.ts";

/** Looks at everything that a stack stands on. What cannot be looked at for want of something else is left out. */
export async function examine(stack: string): Promise<Finding[]> {
  const local = await toolFindings();
  const settings = readSettings(stack);
  if ("state" in settings) return [...local, settings];
  const tools = [...local, ...(await builderFindings(settings))];
  const folder = await presentTool(toolOf("kubectl"));
  if (folder === undefined) return tools;
  const namespace = namespaceOf(settings, stackName(stack));
  const kubectl = await looked(
    "cluster",
    "access",
    "problem",
    () => new Kubectl(clusterAccess(stack, folder), namespace),
  );
  if (!(kubectl instanceof Kubectl)) return [...tools, kubectl];

  const cluster = [await looked("cluster", "API server", "problem", () => reachFindings(kubectl, settings))].flat();
  if (cluster[0]?.state !== "ok") return [...tools, ...cluster];
  const [knative, space] = await Promise.all([
    looked("cluster", "Knative", "unknown", () => knativeFinding(kubectl, settings)),
    looked("cluster", "namespace", "unknown", () => namespaceFinding(kubectl, namespace)),
  ]);
  const findings = [...tools, ...cluster, knative, space];
  if (space.state === "unknown") return findings;
  const [storage, network, functions] = await Promise.all([
    looked("storage", "claims", "unknown", () => storageFindings(kubectl)),
    looked("network", "NetworkPolicies", "unknown", () => networkFinding(kubectl, namespace, settings.networkPolicies)),
    knative.state === "ok" ? looked("functions", "services", "unknown", () => functionsFinding(kubectl, stack)) : [],
  ]);
  return [...findings, ...[storage].flat(), network, ...[functions].flat()];
}

function readSettings(stack: string): SettingsKeys | Finding {
  try {
    return stackSettings(stack);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const fix = `mend Pulumi.${stackName(stack)}.yaml; README's table says what is allowed`;
    return { area: "settings", name: stack, state: "problem", seen: error.message, fix };
  }
}

/** What cannot be looked at is a finding too; such an error says itself what mends it. */
async function looked<T>(
  area: Area,
  name: string,
  otherwise: Finding["state"],
  look: () => T | Promise<T>,
): Promise<T | Finding> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof UserError) || error instanceof Interrupted) throw error;
    return { area, name, state: otherwise, seen: error.message };
  }
}
