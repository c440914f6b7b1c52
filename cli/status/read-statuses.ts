import type { PodObject } from "../../commands/verdict.ts";
import type { Kubectl } from "../kubectl.ts";
import { serviceStatuses, type DeployedRevision, type ServiceObject, type ServiceStatus } from "./service-status.ts";

/**
 * Asks the cluster how services stand.
 *
 * @param selector the label selector of the services, their Revisions and Pods
 * @throws UserError with what kubectl says
 */
export async function readStatuses(kubectl: Kubectl, selector: string): Promise<ServiceStatus[]> {
  const selected = ["-l", selector];
  const [services, revisions, pods] = await Promise.all([
    kubectl.list<ServiceObject>("services.serving.knative.dev", ...selected),
    kubectl.list<DeployedRevision>("revisions.serving.knative.dev", ...selected),
    kubectl.list<PodObject>("pods", ...selected),
  ]);
  return serviceStatuses(services, revisions, pods);
}
