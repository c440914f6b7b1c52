import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { getCACertificates } from "node:tls";
import { cacheDir } from "../cluster/paths.ts";
import { UserError } from "../console/errors.ts";
import { checkVersion, isOfVersion } from "./release-version.ts";
import { parseManifest, type KubernetesObject } from "./release.ts";

/** Where a release's manifests come from. */
export interface ReleaseSource {
  readonly knativeVersion: string;
  readonly kourierVersion: string;
  /** A folder, or an address, that has the files; the projects' release pages where it is not given. */
  readonly location: string | undefined;
  /** sha256 by file name; every downloaded file needs one. */
  readonly sha256: Readonly<Record<string, string>>;
  /** A file of CA certificates that downloads trust on top of the usual ones. */
  readonly caBundle?: string | undefined;
}

/** The files of a release, by which its manifests are published. */
const releaseFiles = ["serving-crds.yaml", "serving-core.yaml", "kourier.yaml"] as const;

/** The manifests of a release, as published. */
export interface ReleaseManifests {
  readonly crds: KubernetesObject[];
  readonly core: KubernetesObject[];
  readonly kourier: KubernetesObject[];
}

/**
 * Reads a release's manifests: from a folder as they are; by address through a cache, checked by their sha256.
 *
 * @throws UserError with each file that is missing, cannot be downloaded, is of another version, or is not the one that was
 * pinned
 */
export async function readRelease(source: ReleaseSource): Promise<ReleaseManifests> {
  const files = await readReleaseFiles(source);
  return {
    crds: parseManifest("serving-crds.yaml", files["serving-crds.yaml"]),
    core: parseManifest("serving-core.yaml", files["serving-core.yaml"]),
    kourier: parseManifest("kourier.yaml", files["kourier.yaml"]),
  };
}

/**
 * A release's manifests as they are published, by the names of their files.
 *
 * @throws UserError as {@link readRelease} does
 */
export async function readReleaseFiles(source: ReleaseSource): Promise<Record<(typeof releaseFiles)[number], string>> {
  const results = await Promise.allSettled(
    releaseFiles.map(async (file) => [file, await readReleaseFile(source, file)] as const),
  );
  const reasons = results.flatMap((result) => (result.status === "rejected" ? [result.reason as Error] : []));
  const bug = reasons.find((reason) => !(reason instanceof UserError));
  if (bug !== undefined) throw bug;
  if (reasons.length > 0) throw new UserError(reasons.map(({ message }) => message).join("\n"));
  const read = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  return Object.fromEntries(read) as Record<(typeof releaseFiles)[number], string>;
}

async function readReleaseFile(source: ReleaseSource, file: string): Promise<string> {
  const pinned = source.sha256[file];
  const wanted = wantedVersion(source, file);
  if (source.location !== undefined && !/^https?:\/\//.test(source.location)) {
    const path = join(source.location, file);
    if (!existsSync(path)) throw new UserError(`knflow:manifests has no ${path}; put the release's ${file} there`);
    const bytes = await readFile(path);
    const text = bytes.toString("utf8");
    // Before the sum: a file of another version has another sum, too.
    checkVersion(path, text, wanted);
    if (pinned !== undefined) checkDigest(path, file, bytes, pinned);
    return text;
  }
  const cached = pinned === undefined ? undefined : join(cacheDir(), "manifests", pinned, file);
  if (pinned !== undefined && cached !== undefined && existsSync(cached)) {
    const kept = await readFile(cached);
    const text = kept.toString("utf8");
    // One of another version was pinned before the version was changed.
    if (digest(kept) === pinned && isOfVersion(text, wanted.version)) return text;
  }

  const address = releaseAddress(source, file);
  const bytes = await download(address, source.caBundle);
  const text = bytes.toString("utf8");
  checkVersion(address, text, wanted);
  if (pinned === undefined || cached === undefined) {
    throw new UserError(
      `no sha256 is pinned for ${file}; what ${address} gives has ${digest(bytes)}. ` +
        `Compare it with what the release publishes, then run: ${pinCommand(file, bytes)}`,
    );
  }
  checkDigest(address, file, bytes, pinned);
  await mkdir(dirname(cached), { recursive: true });
  const partial = `${cached}.${process.pid}.partial`;
  await writeFile(partial, bytes);
  await rename(partial, cached);
  return text;
}

function wantedVersion({ knativeVersion, kourierVersion }: ReleaseSource, file: string) {
  return file === "kourier.yaml"
    ? ({ project: "net-kourier", setting: "kourierVersion", version: kourierVersion } as const)
    : ({ project: "Knative Serving", setting: "knativeVersion", version: knativeVersion } as const);
}

/** The address of a release's file. */
export function releaseAddress(source: ReleaseSource, file: string): string {
  if (source.location !== undefined) return `${source.location.replace(/\/$/, "")}/${file}`;
  const { project, version } = wantedVersion(source, file);
  const repository = project === "net-kourier" ? "knative-extensions/net-kourier" : "knative/serving";
  return `https://github.com/${repository}/releases/download/knative-v${version}/${file}`;
}

async function download(address: string, caBundle: string | undefined): Promise<Buffer> {
  const fix = `put the release's manifests into a folder and set knflow:manifests to it, or set it to a mirror's address`;
  try {
    // Not loaded by the updates that download nothing.
    const { EnvHttpProxyAgent, fetch } = await import("undici");
    const ca = caBundle === undefined ? undefined : [...getCACertificates(), await readFile(caBundle, "utf8")];
    const dispatcher = new EnvHttpProxyAgent(ca === undefined ? {} : { connect: { ca }, requestTls: { ca } });
    const response = await fetch(address, { dispatcher, signal: AbortSignal.timeout(60_000) });
    if (!response.ok) throw new UserError(`${address} answered ${response.status} ${response.statusText}; ${fix}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { message, cause } = error as Error;
    throw new UserError(`${address} cannot be downloaded: ${cause instanceof Error ? cause.message : message}; ${fix}`);
  }
}

function checkDigest(name: string, file: string, bytes: Buffer, pinned: string): void {
  const actual = digest(bytes);
  if (actual !== pinned) {
    throw new UserError(
      `${name} has the sha256 ${actual}, but knflow:manifestSha256 pins ${pinned}; it is not the file that was checked when ` +
        "it was pinned. Where you have changed the version since then, compare the new sum with what the release publishes, " +
        `then run: ${pinCommand(file, bytes)}`,
    );
  }
}

/** The command that pins a file as it is here. */
function pinCommand(file: string, bytes: Buffer): string {
  return `pulumi config set --path 'knflow:manifestSha256["${file}"]' ${digest(bytes)}`;
}

function digest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
