import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { projectRoot } from "../../cli/root.ts";
import { layoutOf } from "../../cluster/embedded/layout.ts";
import { ensureTools } from "../../cluster/toolchain/index.ts";
import type { Progress } from "../../console/progress.ts";
import { providePip, runPip } from "../../dependencies/pip.ts";
import { bakedConfig } from "../images/baked.ts";
import type { BenchCluster } from "./bench-cluster.ts";
import { editToReply } from "./live.ts";
import { applyService, deployService, likeness, readService, type ServiceObject } from "./services.ts";
import { picture } from "./workloads.ts";

/** The lock file of a function with one package, Pillow. */
export const lockFile = join(projectRoot, "functions", "thumbnails", "resize", "requirements.txt");
const repository = "bench/packages";

/** The code comes before the packages, as where a builder knows only the function's folder: an edit installs them again. */
const dockerfile = (python: string, runtime: string) => `FROM ${python} AS build
USER root
COPY wheels /wheels
COPY function /opt/function
RUN PYTHONPATH="$(ls /wheels/pip-*.whl)" python3 -m pip install --no-index --find-links /wheels \\
    --disable-pip-version-check --root-user-action=ignore --target /opt/packages -r /opt/function/requirements.txt
FROM ${runtime}
COPY --from=build /opt/packages /opt/packages
COPY --from=build /opt/function /opt/function
COPY baked_start.py /opt/knflow/
ENTRYPOINT ${JSON.stringify(bakedConfig.Entrypoint)}
`;

/** How code goes live where an image is built that installs its packages: by the cluster's own BuildKit, wheels at hand, no network. */
export class BuildPath {
  /** The Knative Service's name. */
  readonly service: string;
  readonly #cluster: BenchCluster;
  readonly #folder: string;
  readonly #buildctl: string;
  #service: ServiceObject | undefined;
  #host = "";

  private constructor(service: string, cluster: BenchCluster, folder: string, buildctl: string) {
    this.service = service;
    this.#cluster = cluster;
    this.#folder = folder;
    this.#buildctl = buildctl;
  }

  static async of(cluster: BenchCluster, namespace: string, service: string, progress: Progress): Promise<BuildPath> {
    const folder = await mkdtemp(join(tmpdir(), "knflow-bench-"));
    const buildctl = (await ensureTools(["buildkit"], progress)).path("buildctl");
    const path = new BuildPath(`${service}-built`, cluster, folder, buildctl);
    const model = await readService(cluster, namespace, service);
    const [{ image }] = model.spec.template.spec.containers;
    await mkdir(join(folder, "function"));
    await mkdir(join(folder, "wheels"));
    await cp(join(import.meta.dirname, "..", "images", "baked_start.py"), join(folder, "baked_start.py"));
    await cp(lockFile, join(folder, "function", "requirements.txt"));
    await writeFile(join(folder, "Dockerfile"), dockerfile(cluster.instance.baseImages.python, image));
    const { withPip } = await providePip();
    const download = ["-m", "pip", "download", "--only-binary", ":all:", "--dest", join(folder, "wheels")];
    await runPip("wheels cannot be downloaded", withPip, [...download, "-r", lockFile]);
    await runPip("pip cannot be downloaded", withPip, [...download, "pip"]);
    path.#service = likeness(model, path.service, await path.#build(picture()));
    path.#host = await deployService(cluster, path.#service);
    return path;
  }

  /** @returns seconds from the edit to the first reply of the new code */
  async edit(): Promise<number> {
    const service = this.#service;
    if (service === undefined) throw new Error("it is deployed first");
    return editToReply(this.#cluster, this.#host, async (version) => {
      const image = await this.#build(picture(version));
      await applyService(this.#cluster, likeness(service, service.metadata.name, image));
    });
  }

  async #build(code: string): Promise<string> {
    await writeFile(join(this.#folder, "function", "main.py"), code);
    const { name, registry } = this.#cluster.instance;
    const metadata = join(this.#folder, "metadata.json");
    const locals = ["--local", `context=${this.#folder}`, "--local", `dockerfile=${this.#folder}`];
    const output = ["--output", `type=image,name=${registry}/${repository},push=true`, "--metadata-file", metadata];
    const build = ["build", "--frontend", "dockerfile.v0", ...locals, ...output, "--progress", "plain"];
    await execa(this.#buildctl, ["--addr", `unix://${layoutOf(name).buildkitSocket}`, ...build]);
    const { "containerimage.digest": digest } = JSON.parse(await readFile(metadata, "utf8")) as Record<string, string>;
    return `${registry}/${repository}@${digest}`;
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
