import { gzipSync } from "node:zlib";
import { TarArchive } from "archiver";
import { request } from "undici";
import { sha256 } from "../../archive/zip.ts";
import type { SourceFile } from "../../archive/source-tree.ts";
import { parseImage } from "../../manifests/mirror.ts";

/** https://github.com/opencontainers/image-spec/blob/main/manifest.md */
interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly manifests?: readonly (Descriptor & { readonly platform?: { readonly architecture: string } })[];
}

interface ImageConfig {
  readonly architecture: string;
  readonly os: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly rootfs: { readonly type: "layers"; readonly diff_ids: readonly string[] };
}

const types = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
} as const;
const accepted = [
  ...[types.manifest, types.index],
  ...["manifest.v2+json", "manifest.list.v2+json"].map((type) => `application/vnd.docker.distribution.${type}`),
].join(", ");

/** An image that layers can be appended to: its manifest and configuration, read once. */
export interface Base {
  readonly repository: string;
  readonly layers: readonly Descriptor[];
  readonly config: ImageConfig;
}

const nodeArchitecture = process.arch === "arm64" ? "arm64" : "amd64";
/** What an image of one's own starts from: nothing. */
export const scratch = (repository: string): Base => ({
  repository,
  layers: [],
  config: { architecture: nodeArchitecture, os: "linux", config: {}, rootfs: { type: "layers", diff_ids: [] } },
});

/**
 * A registry by its own protocol, without a program in between: the least that putting code into an image can take. What tools as
 * crane or ko append comes to the same requests, and to the start of a process besides.
 */
export class Registry {
  readonly #origin: string;
  readonly #name: string;

  /**
   * @param address as this machine reaches it, `<host>:<port>`
   * @param name as nodes name it
   */
  constructor(address: string, name: string) {
    this.#origin = `http://${address}`;
    this.#name = name;
  }

  /** @param image by digest, in this registry */
  async base(image: string): Promise<Base> {
    const { path: repository, digest = "" } = parseImage(image);
    let manifest = await this.#json<Manifest>(`${repository}/manifests/${digest}`);
    const own = manifest.manifests?.find(({ platform }) => platform?.architecture === nodeArchitecture);
    if (own) manifest = await this.#json<Manifest>(`${repository}/manifests/${own.digest}`);
    const config = await this.#json<ImageConfig>(`${repository}/blobs/${manifest.config.digest}`);
    const layers = manifest.layers.map((layer) => ({ ...layer, mediaType: types.layer }));
    return { repository, layers, config };
  }

  /**
   * Puts one layer of files on an image.
   *
   * @param config what of the image's configuration is otherwise, such as `Entrypoint`
   * @returns the image by its digest, as nodes name it
   */
  async append(
    base: Base,
    files: readonly SourceFile[],
    config: Readonly<Record<string, unknown>> = {},
  ): Promise<string> {
    const { repository } = base;
    const tar = await packTar(files);
    const layer = gzipSync(tar, { level: 1 });
    const { rootfs } = base.config;
    const made = Buffer.from(
      JSON.stringify({
        ...base.config,
        config: { ...base.config.config, ...config },
        rootfs: { ...rootfs, diff_ids: [...rootfs.diff_ids, `sha256:${sha256(tar)}`] },
        history: undefined,
      }),
    );
    const [layerBlob, configBlob] = await Promise.all([
      this.#push(repository, layer, types.layer),
      this.#push(repository, made, types.config),
    ]);
    const layers = [...base.layers, layerBlob];
    const manifest = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: types.manifest, config: configBlob, layers }),
    );
    const digest = `sha256:${sha256(manifest)}`;
    await this.#send("PUT", `${repository}/manifests/${digest}`, manifest, types.manifest);
    return `${this.#name}/${repository}@${digest}`;
  }

  async #push(repository: string, blob: Buffer, mediaType: string): Promise<Descriptor> {
    const digest = `sha256:${sha256(blob)}`;
    const { headers } = await this.#send("POST", `${repository}/blobs/uploads/`);
    const upload = new URL(String(headers.location), this.#origin);
    upload.searchParams.set("digest", digest);
    await this.#send("PUT", upload.href, blob);
    return { mediaType, digest, size: blob.byteLength };
  }

  async #send(method: "POST" | "PUT", path: string, body?: Buffer, type = "application/octet-stream") {
    const url = path.startsWith("http") ? path : `${this.#origin}/v2/${path}`;
    const answer = await request(url, { method, body: body ?? null, headers: body ? { "content-type": type } : {} });
    const text = await answer.body.text();
    if (answer.statusCode >= 300)
      throw new Error(`the registry answered ${answer.statusCode} to ${method} ${url}: ${text}`);
    return answer;
  }

  async #json<T>(path: string): Promise<T> {
    const answer = await request(`${this.#origin}/v2/${path}`, { headers: { accept: accepted } });
    if (answer.statusCode !== 200) throw new Error(`the registry answered ${answer.statusCode} to GET ${path}`);
    return (await answer.body.json()) as T;
  }
}

async function packTar(files: readonly SourceFile[]): Promise<Buffer> {
  const archive = new TarArchive({ statConcurrency: 1 });
  const chunks: Buffer[] = [];
  archive.on("data", (chunk: Buffer) => chunks.push(chunk));
  for (const { path, content, executable } of files) {
    archive.append(content, { name: path, mode: executable === true ? 0o755 : 0o644, date: new Date(0) });
  }
  const ended = new Promise((resolve, reject) => archive.on("end", resolve).on("error", reject));
  await Promise.all([archive.finalize(), ended]);
  return Buffer.concat(chunks);
}
