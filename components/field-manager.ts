import * as pulumi from "@pulumi/pulumi";

/**
 * Makes every object of the stack the property of one field manager, named after the stack. Pulumi's provider otherwise makes
 * up a name for each object and keeps it in state alone: an update that is killed before its state is written would leave
 * objects that the next update conflicts with. By a name that does not change, that update takes them over.
 * https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/
 */
export function ownByFieldManager(name: string): void {
  pulumi.runtime.registerResourceTransform(({ type, props, opts }) => {
    if (!type.startsWith("kubernetes:") || props.metadata === undefined) return undefined;
    const metadata = pulumi.output(props.metadata as Metadata).apply((given) => ({
      ...given,
      annotations: { ...given.annotations, "pulumi.com/patchFieldManager": name },
    }));
    return { props: { ...props, metadata }, opts };
  });
}

interface Metadata {
  readonly annotations?: Readonly<Record<string, string>>;
}
