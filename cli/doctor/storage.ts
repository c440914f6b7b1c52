import type { Kubectl } from "../kubectl.ts";
import type { Finding } from "./finding.ts";

interface Claim {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly storageClassName?: string; readonly volumeName?: string };
  readonly status: { readonly phase: string; readonly capacity?: { readonly storage?: string } };
}

/** Whether the stack's claims have their volumes. */
export async function storageFindings(kubectl: Kubectl): Promise<Finding[]> {
  const claims = await kubectl.list<Claim>("persistentvolumeclaims");
  return claims.map(({ metadata, spec, status }): Finding => {
    const finding = { area: "storage", name: metadata.name } as const;
    const volume = spec.volumeName ?? "none";
    if (status.phase === "Bound") {
      return { ...finding, state: "ok", seen: `bound to ${volume}, ${status.capacity?.storage ?? "size unknown"}` };
    }
    return {
      ...finding,
      state: "problem",
      seen: `is ${status.phase}, for volume ${volume} of class "${spec.storageClassName ?? ""}"`,
      fix:
        `see why: "kubectl describe pvc ${metadata.name}"; a volume that another stack has taken, or that was released, ` +
        "needs another name (knflow:codeVolumeName), a StorageClass has to be there (knflow:codeVolumeStorageClass)",
    };
  });
}
