import type { DeployedRevision, ServiceObject } from "../status/service-status.ts";
import { digestAnnotation } from "../../manifests/labels.ts";
import { shortDigest } from "../../console/digest.ts";
import { table } from "../../console/table.ts";

/** How the requests of a function or workflow are split. */
export interface Split {
  /** `<workflow>` or `<workflow>/<function>` */
  readonly name: string;
  readonly traffic: readonly {
    readonly revision: string;
    readonly percent: number;
    /** Whether it gets them as whichever is the latest that is ready. */
    readonly latest: boolean;
    /** sha256 of its archive; undefined where the Revision is gone. */
    readonly digest: string | undefined;
    /** The name under which it has an address of its own, and that address. */
    readonly tag?: string;
    readonly url?: string;
  }[];
}

/** The split as Knative has it now. */
export function splitOf(name: string, service: ServiceObject, revisions: readonly DeployedRevision[]): Split {
  const traffic = (service.status?.traffic ?? []).flatMap(({ revisionName, percent = 0, latestRevision, tag, url }) => {
    if (revisionName === undefined) return [];
    const revision = revisions.find(({ metadata }) => metadata.name === revisionName);
    const digest = revision?.metadata.annotations?.[digestAnnotation];
    return [
      { revision: revisionName, percent, latest: latestRevision === true, digest, ...(tag && { tag, url: url ?? "" }) },
    ];
  });
  return { name, traffic };
}

const pinned =
  '\nRevisions that "pulumi up" or "knflow watch" makes get only what goes to "latest"; updates leave this split as it is.\n';

/** What `knflow traffic` says to people. */
export function describeSplit({ name, traffic }: Split): string {
  if (traffic.length === 0) return `no Revision of ${name} gets requests\n`;
  const rows = traffic.map(({ revision, percent, latest, digest, tag, url }) => [
    `${percent}%`,
    revision,
    latest ? "latest" : "",
    digest === undefined ? "" : shortDigest(digest),
    tag === undefined ? "" : `${tag} ${url}`,
  ]);
  const all = traffic.some(({ latest, percent }) => latest && percent === 100);
  return `${table([["SHARE", "REVISION", "", "DIGEST", "TAG"], ...rows])}${all ? "" : pinned}`;
}
