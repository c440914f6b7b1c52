/** An object of a cluster with what its field managers own of it. */
export interface ManagedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly managedFields?: readonly {
      readonly manager: string;
      readonly operation: string;
      readonly subresource?: string;
      readonly fieldsV1: FieldSet;
    }[];
  };
}

/** Fields as Kubernetes writes them down: `f:` a field, `k:` an item of a list by its keys, `v:` a value of a set. */
interface FieldSet {
  readonly [path: string]: FieldSet;
}

/**
 * What a field manager applied last, read back from the object: applied again it changes nothing, and with a change in it,
 * that alone. https://kubernetes.io/docs/reference/using-api/server-side-apply/
 *
 * @returns undefined where the manager has applied nothing
 */
export function ownedFields<T extends ManagedObject>(object: T, manager: string): T | undefined {
  const own = object.metadata.managedFields?.find(
    (entry) => entry.manager === manager && entry.operation === "Apply" && entry.subresource === undefined,
  );
  if (own === undefined) return undefined;
  const { apiVersion, kind } = object;
  const { name, namespace } = object.metadata;
  const fields = pick(object, own.fieldsV1) as { metadata?: object };
  return { ...fields, apiVersion, kind, metadata: { ...fields.metadata, name, ...(namespace && { namespace }) } } as T;
}

function pick(value: unknown, fields: FieldSet): unknown {
  const paths = Object.keys(fields);
  // Owned as a whole; "." alone is the map or list without what is in it.
  if (paths.length === 0) return value;
  if (Array.isArray(value)) return value.flatMap((item: unknown) => itemOf(item, fields));
  const object = (value ?? {}) as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    paths.flatMap((path) => {
      const name = path.slice("f:".length);
      return path.startsWith("f:") && Object.hasOwn(object, name)
        ? [[name, pick(object[name], fields[path] ?? {})]]
        : [];
    }),
  );
}

/** An item of a list, alone in a list; nothing where it is not owned. */
function itemOf(item: unknown, fields: FieldSet): unknown[] {
  for (const [path, inner] of Object.entries(fields)) {
    if (path.startsWith("v:") && JSON.stringify(item) === path.slice("v:".length)) return [item];
    if (!path.startsWith("k:")) continue;
    const keys = JSON.parse(path.slice("k:".length)) as Readonly<Record<string, unknown>>;
    const found = item as Readonly<Record<string, unknown>>;
    if (Object.entries(keys).some(([key, value]) => found[key] !== value)) continue;
    return [{ ...keys, ...(pick(item, inner) as object) }];
  }
  return [];
}
