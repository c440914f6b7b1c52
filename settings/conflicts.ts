import { existsSync } from "node:fs";
import { basename } from "node:path";
import { namespaceOf, type SettingsKeys } from "./keys.ts";
import { dnsLabel } from "./values.ts";

/** The name that a CA bundle must have: builds bind its folder as their `/etc/ssl/certs`. */
const bundleName = "ca-certificates.crt";

/** What is wrong with settings that are each right for themselves: what does not go together, what is missing beside another. */
export function conflictsOf(keys: SettingsKeys, stack: string): string[] {
  const { embedded, mirror, caBundle, gatewayType } = keys;
  const found: string[] = [];
  if (keys.codeVolumePath !== undefined && keys.codeVolumeStorageClass !== undefined) {
    found.push("only one of knflow:codeVolumePath and knflow:codeVolumeStorageClass can be set; remove one of them");
  }
  if (mirror !== undefined && embedded !== undefined) {
    found.push(
      "only one of knflow:mirror and knflow:embedded can be set; the embedded cluster makes its images itself: remove knflow:mirror",
    );
  }
  const addressed = gatewayType === "LoadBalancer" || (keys.gatewayUrl ?? keys.externalIp ?? embedded) !== undefined;
  if (keys.platform === "managed" && !addressed) {
    found.push(
      `knflow:gatewayUrl is not set, and a gateway of type ${gatewayType} has no address of its own; set it to where ` +
        "requests reach the gateway, such as http://192.0.2.10:31080",
    );
  }
  if (keys.platform === "managed" && (keys.domain ?? keys.externalIp ?? embedded) === undefined) {
    found.push(
      "neither knflow:domain nor knflow:externalIp is set, and without a domain functions are reached from inside the cluster " +
        "alone; set knflow:domain to one whose wildcard record leads to the gateway, or knflow:externalIp to the gateway's address",
    );
  }
  if (caBundle !== undefined && basename(caBundle) !== bundleName) {
    found.push(
      `knflow:caBundle must name a file ${bundleName}, but is ${caBundle}; copy it to that name in a folder of its own`,
    );
  } else {
    found.push(...missingCaBundle(caBundle));
  }
  return [...found, ...wrongNamespace(keys, stack)];
}

/** What is wrong with a stack's namespace, which follows from its name where none is set. */
function wrongNamespace(keys: Pick<SettingsKeys, "namespace" | "codeVolumeStorageClass">, stack: string): string[] {
  const namespace = namespaceOf(keys, stack);
  // What prepares a node's folders has the namespace `<namespace>-setup`.
  const most = keys.codeVolumeStorageClass === undefined ? 63 - "-setup".length : 63;
  if (dnsLabel.safeParse(namespace).success && namespace.length <= most) return [];
  return [
    `the stack's namespace would be ${JSON.stringify(namespace)}, but must be a DNS label: lower-case letters, digits and "-", at most ` +
      `${most} characters; set knflow:namespace to one`,
  ];
}

/** Says so where the CA bundle that is set is not there. */
export function missingCaBundle(caBundle: string | undefined): string[] {
  if (caBundle === undefined || existsSync(caBundle)) return [];
  return [`knflow:caBundle names ${caBundle}, which is not there`];
}
