import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseManifest, type KubernetesObject } from "../../manifests/release.ts";
import { releaseManifest } from "../unit/manifests/release-manifest.ts";

/** Makes a folder that `knflow:manifests` may name: a release of what has images, and of what is set in it. */
export async function releaseFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "knflow-release-"));
  const named = (kind: string, name: string) => ({ apiVersion: "v1", kind, metadata: { name } });
  const objects: KubernetesObject[] = [
    ...parseManifest("release.yaml", releaseManifest),
    ...["config-network", "config-autoscaler", "config-domain"].map((name) => named("ConfigMap", name)),
    { ...named("Service", "kourier"), spec: { type: "LoadBalancer" } },
  ];
  const isCrd = ({ kind }: KubernetesObject) => kind === "CustomResourceDefinition";
  const isKourier = ({ metadata }: KubernetesObject) => metadata.name.includes("kourier");
  for (const [file, isPart] of [
    ["serving-crds.yaml", isCrd],
    ["serving-core.yaml", (object: KubernetesObject) => !isCrd(object) && !isKourier(object)],
    ["kourier.yaml", isKourier],
  ] as const) {
    const documents = objects.filter(isPart).map((object) => JSON.stringify(object));
    await writeFile(join(folder, file), documents.join("\n---\n"));
  }
  return folder;
}
