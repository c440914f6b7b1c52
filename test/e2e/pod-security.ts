interface Container {
  readonly name: string;
  readonly securityContext?: {
    readonly allowPrivilegeEscalation?: boolean;
    readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
    readonly privileged?: boolean;
    readonly readOnlyRootFilesystem?: boolean;
    readonly runAsNonRoot?: boolean;
    readonly seccompProfile?: { readonly type: string };
  };
  readonly resources?: { readonly limits?: Readonly<Record<string, string>> };
}

/** The part of a Pod that says what it may do. */
export interface SecuredPod {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly automountServiceAccountToken?: boolean;
    readonly volumes?: readonly { readonly name: string; readonly projected?: unknown }[];
  };
}

/** What a pod may do that none of knflow's may, each as `<pod>/<container>: <what>`. */
export function podFaults({ metadata, spec }: SecuredPod): string[] {
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  const tokens = (spec.volumes ?? []).filter(({ projected }) => projected !== undefined);
  return [
    ...(tokens.length > 0 ? [`${metadata.name}: has a service account's token`] : []),
    ...containers.flatMap((one) => containerFaults(one).map((what) => `${metadata.name}/${one.name}: ${what}`)),
  ];
}

function containerFaults({ name, securityContext: context = {}, resources }: Container): string[] {
  // Its limits are the cluster's choice (config-deployment).
  const knativesOwn = name === "queue-proxy";
  const wrong: [boolean, string][] = [
    [context.runAsNonRoot !== true, "may run as root"],
    [context.allowPrivilegeEscalation !== false, "may gain privileges"],
    [context.privileged === true, "is privileged"],
    [context.capabilities?.drop?.includes("ALL") !== true, "keeps capabilities"],
    [(context.capabilities?.add ?? []).length > 0, "adds capabilities"],
    [context.seccompProfile?.type !== "RuntimeDefault", "has no seccomp profile"],
    [context.readOnlyRootFilesystem !== true, "may write to its root filesystem"],
    [!knativesOwn && (resources?.limits?.cpu === undefined || resources.limits.memory === undefined), "has no limits"],
  ];
  return wrong.filter(([is]) => is).map(([, what]) => what);
}
