import { z } from "zod";
import { objectName, workflowArchiveName } from "../archive/object-name.ts";
import { image } from "../settings/values.ts";

const digest = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits");
const exactImage = image.regex(/@sha256:[0-9a-f]{64}$/, "must name an image by its digest");

const releaseSchema = z.strictObject({
  number: z.int().positive(),
  /** When it was promoted, in ISO 8601. */
  date: z.string(),
  /** The stack that ran it before. */
  from: z.string(),
  /** The number of the release that ran until then; none for the first one. */
  before: z.int().positive().optional(),
  /** The git commit that holds the code, the definitions and the functions' settings. */
  commit: z.string().regex(/^[0-9a-f]{40,64}$/, "must be the whole id of a git commit"),
  /** The folder of the workflows in that commit, relative to the project. */
  functions: z.string().regex(/^(?!\/)(?!.*\.\.(\/|$)).+$/, "must be a folder inside the project, relative to it"),
  /** What pods run, by digest. */
  images: z.strictObject({
    python: exactImage.optional(),
    node: exactImage.optional(),
    workflow: exactImage,
    fileServer: exactImage,
  }),
  /** sha256 of each definition and of each function's code; the archive of its packages, where it has any. */
  workflows: z.record(
    z.string(),
    z.strictObject({
      digest,
      functions: z.record(z.string(), z.strictObject({ digest, dependencies: z.string().optional() })),
    }),
  ),
});

/** The schema of `releases/<stack>.yaml`. */
export const releasesSchema = z
  .strictObject({
    /** The number of the one that the stack runs. */
    current: z.int().positive(),
    /** The newest first. */
    releases: z.array(releaseSchema).min(1, "must hold one release or more"),
  })
  .refine(({ current, releases }) => releases.filter(({ number }) => number === current).length === 1, {
    path: ["current"],
    message: "must be the number of one of the releases",
  });

/** Code, definitions and images that were promoted to a stack together. */
export type Release = z.output<typeof releaseSchema>;

/** All releases of a stack, and which one it runs. */
export type Releases = z.output<typeof releasesSchema>;

/** The release that a stack runs. */
export function currentOf({ current, releases }: Releases): Release {
  const found = releases.find(({ number }) => number === current);
  if (found === undefined) throw new Error(`there is no release ${current}`);
  return found;
}

/** The objects on the code volume that a release needs. */
export function objectsOf({ workflows }: Release): string[] {
  return Object.entries(workflows).flatMap(([workflow, { digest, functions }]) => [
    objectName(workflow, workflowArchiveName, digest),
    ...Object.entries(functions).flatMap(([name, { digest, dependencies }]) => [
      objectName(workflow, name, digest),
      ...(dependencies === undefined ? [] : [dependencies]),
    ]),
  ]);
}
