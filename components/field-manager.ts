import * as pulumi from "@pulumi/pulumi";

/** The annotation that names an object's field manager to Pulumi's provider. */
const annotation = "pulumi.com/patchFieldManager";

/**
 * Makes every object of the stack the property of one field manager, named after the stack. Pulumi's provider otherwise makes
 * up a name for each object and keeps it in state alone: an update that is killed before its state is written would leave
 * objects that the next update conflicts with. By a name that does not change, that update takes them over.
 * https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/
 */
export function ownByFieldManager(name: string): void {
  const owned = (metadata: Metadata) => ({ ...metadata, annotations: { ...metadata.annotations, [annotation]: name } });
  pulumi.runtime.registerStackTransformation(({ type, props: given, opts }) => {
    const props = given as { metadata?: pulumi.Input<Metadata>; objs?: readonly { readonly metadata: Metadata }[] };
    if (type === "kubernetes:yaml/v2:ConfigGroup") {
      return { props: { ...props, objs: props.objs?.map((one) => ({ ...one, metadata: owned(one.metadata) })) }, opts };
    }
    if (!type.startsWith("kubernetes:") || props.metadata === undefined) return undefined;
    return { props: { ...props, metadata: pulumi.output(props.metadata).apply(owned) }, opts };
  });
}

interface Metadata {
  readonly annotations?: Readonly<Record<string, string>>;
}
