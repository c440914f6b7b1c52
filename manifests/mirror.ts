import type { KubernetesObject } from "./release.ts";

/** Whether a text is the address of a registry, with or without a path in it: a name without a host would be Docker Hub's. */
export function isRegistryAddress(text: string): boolean {
  return /^(localhost|[\w-]+(\.[\w-]+)+|[\w-]+(?=:\d))(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/.test(text);
}

/** A container image's reference, with everything that a short one leaves to Docker's defaults. */
interface ImageReference {
  /** Host and port of the registry. */
  readonly host: string;
  readonly path: string;
  readonly tag: string | undefined;
  /** `sha256:<64 hexadecimal digits>` */
  readonly digest: string | undefined;
}

/** Takes an image's reference apart: `postgres:17` is `docker.io/library/postgres:17`. */
export function parseImage(reference: string): ImageReference {
  const [name = "", digest] = reference.split("@");
  const [, repository = "", tag] = /^(.*?)(?::([^/:]+))?$/.exec(name) ?? [];
  const slash = repository.indexOf("/");
  const first = repository.slice(0, Math.max(0, slash));
  // As Docker and containerd tell a host from a path.
  const hasHost = /[.:]/.test(first) || first === "localhost";
  const host = hasHost ? first.toLowerCase() : "docker.io";
  const path = hasHost ? repository.slice(slash + 1) : slash < 0 ? `library/${repository}` : repository;
  return { host: host === "index.docker.io" ? "docker.io" : host, path, tag, digest };
}

/**
 * An image's reference in a mirror: `<mirror>/<host>/<path>`, tag and digest as they are. What is in the mirror already stays.
 *
 * @param mirror `<host>[:port][/path]`
 * @example mirrored("postgres:17", "registry.example.com/mirror") // registry.example.com/mirror/docker.io/library/postgres:17
 */
export function mirrored(reference: string, mirror: string): string {
  if (reference.startsWith(`${mirror}/`)) return reference;
  const { tag, digest } = parseImage(reference);
  return mirroredRepository(reference, mirror) + (tag === undefined ? "" : `:${tag}`) + (digest ? `@${digest}` : "");
}

/**
 * Where an image is copied to: its reference in the mirror, by tag. One that is named by its digest alone gets a tag of
 * that, since registries' clean-ups remove what has none.
 */
export function copyTarget(reference: string, mirror: string): string {
  const { tag, digest } = parseImage(reference);
  return `${mirroredRepository(reference, mirror)}:${tag ?? digest?.slice("sha256:".length, 23) ?? "latest"}`;
}

function mirroredRepository(reference: string, mirror: string): string {
  const { host, path } = parseImage(reference);
  // A path has no colon, and a host no underscore.
  return `${mirror}/${host.replace(":", "_")}/${path}`;
}

/** A release's objects with every image taken from a mirror; as they are where there is none. */
export function withMirror(objects: readonly KubernetesObject[], mirror: string | undefined): KubernetesObject[] {
  if (mirror === undefined) return [...objects];
  return objects.map((object) => mapImages(object, (image) => mirrored(image, mirror)));
}

/** Every image that a release's objects name, once each. */
export function imagesOf(objects: readonly KubernetesObject[]): string[] {
  const images = new Set<string>();
  for (const object of objects) {
    mapImages(object, (image) => {
      images.add(image);
      return image;
    });
  }
  return [...images].sort();
}

/** CRDs name no images: what is called so in them describes fields. */
function mapImages(object: KubernetesObject, map: (image: string) => string): KubernetesObject {
  return object.kind === "CustomResourceDefinition" ? object : (mapIn(object, map) as KubernetesObject);
}

/** `image` is what containers and Knative's Image have; the other is the key of ConfigMap config-deployment. */
const imageKeys: ReadonlySet<string> = new Set(["image", "queue-sidecar-image"]);

function mapIn(value: unknown, map: (image: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => mapIn(item, map));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      imageKeys.has(key) && typeof inner === "string" ? map(inner) : mapIn(inner, map),
    ]),
  );
}
