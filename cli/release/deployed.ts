import { UserError } from "../../console/errors.ts";
import { recipes } from "../../components/image-recipes.ts";
import { dependencyKey, type DependencyTarget } from "../../dependencies/spec.ts";
import type { Release } from "../../release/release.ts";
import type { WorkflowSource } from "../../source/workflow-source.ts";

/** The part of a stack's state that is read. */
interface State {
  readonly deployment?: {
    readonly resources?: readonly {
      readonly urn: string;
      readonly type: string;
      readonly outputs?: Readonly<Record<string, unknown>>;
    }[];
  };
}

/**
 * The images and archives that a stack's state has.
 *
 * @param target what its packages were installed for
 * @throws UserError where an image is not named by its digest
 */
export function readDeployed(
  stack: string,
  state: unknown,
  workflows: readonly WorkflowSource[],
  target: DependencyTarget,
): Pick<Release, "images" | "workflows"> {
  const found = (type: string, name: string, output: string): string | undefined => {
    const resources = (state as State).deployment?.resources ?? [];
    const resource = resources.find((one) => one.type === type && one.urn.endsWith(`::${name}`));
    const value = resource?.outputs?.[output];
    return typeof value === "string" ? value : undefined;
  };
  const images = Object.fromEntries(
    Object.entries(recipes).flatMap(([name, { repository }]) => {
      const image = found("knflow:runtime:RuntimeImage", repository, "ref");
      return image === undefined ? [] : [[name, image]];
    }),
  );
  const inexact = Object.entries(images).filter(([, image]) => !/@sha256:[0-9a-f]{64}$/.test(image));
  if (inexact.length > 0) {
    const lines = inexact.map(([name, image]) => `  ${name} is ${image}, for ${usersOf(name, workflows).join(", ")}`);
    throw new UserError(
      `stack ${stack} runs images by names that may come to mean others:\n${lines.join("\n")}\n` +
        `name them by digest in knflow:images (<image>@sha256:<digest>), run "pulumi up --stack ${stack}" and promote again`,
    );
  }
  const packagesOf = (fn: WorkflowSource["functions"][number]) =>
    fn.dependencies &&
    found(
      "knflow:code:FunctionDependencies",
      `dependencies-${fn.dependencies.runtime}-${dependencyKey(fn.dependencies, target)}`,
      "object",
    );
  return {
    images: images as Release["images"],
    workflows: Object.fromEntries(
      workflows.map(({ name, archive, functions }) => [
        name,
        {
          digest: archive.sha256,
          functions: Object.fromEntries(
            functions.map((fn) => {
              const dependencies = packagesOf(fn);
              return [fn.name, { digest: fn.archive.sha256, ...(dependencies !== undefined && { dependencies }) }];
            }),
          ),
        },
      ]),
    ),
  };
}

/** Which workflows and functions an image runs. */
function usersOf(image: string, workflows: readonly WorkflowSource[]): string[] {
  if (image === "fileServer") return ["the file server"];
  if (image === "workflow") return workflows.map(({ name }) => name);
  return workflows.flatMap(({ name, functions }) =>
    functions.filter((fn) => fn.settings.runtime === image).map((fn) => `${name}/${fn.name}`),
  );
}
