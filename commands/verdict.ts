/** The part of a Knative Service that tells whether it works. */
export interface KnativeServiceObject {
  readonly metadata: { readonly name: string; readonly generation?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly latestCreatedRevisionName?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
      readonly reason?: string;
    }[];
  };
}

/** What is to be said of a Knative Service. */
export interface Verdict {
  readonly name: string;
  /** `pending`: Knative has not decided yet. */
  readonly state: "ready" | "broken" | "pending";
  readonly reason: string;
  /** The newest Revision, whose pods tell more. */
  readonly revision: string | undefined;
}

/** Reads Knative's verdict on the generation that was asked for last. */
export function verdict(service: KnativeServiceObject): Verdict {
  const { metadata, status } = service;
  const ready = status?.conditions?.find((condition) => condition.type === "Ready");
  const current = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const base = { name: metadata.name, revision: status?.latestCreatedRevisionName };
  if (!current || !ready || ready.status === "Unknown") {
    const reason = ready?.message ?? ready?.reason ?? "Knative has not decided yet";
    return { ...base, state: "pending", reason };
  }
  if (ready.status === "True") return { ...base, state: "ready", reason: "" };
  return { ...base, state: "broken", reason: ready.message ?? ready.reason ?? "no reason given" };
}
