import * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";

/** The variable by which a push runs again though what it pushes did not change: when the object was last missed. */
const variable = "KNFLOW_MISSED";

/** Arguments of {@link pushCommand}. */
export interface PushCommandArgs {
  /** The command that pushes. */
  readonly create: string;
  /** The command that does so when something else was pushed before; undefined where it is the same. */
  readonly update?: string | undefined;
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
  /** When the object was found to be missing on the volume; undefined where it is there, or nothing is known. */
  readonly missed: string | undefined;
}

/** A push, as a resource. */
export interface PushCommand {
  readonly stdout: pulumi.Output<string>;
  /** When the object was last missed; it stays as it was while the object is there. */
  readonly missed: pulumi.Output<string | undefined>;
}

/**
 * A command that pushes an object when its environment changes, and again when it is missed: then, and only then, the
 * variable gets another value. Otherwise the engine keeps the value that state has, or none.
 */
export function pushCommand(
  name: string,
  { create, update, environment, missed }: PushCommandArgs,
  opts: pulumi.CustomResourceOptions,
): PushCommand {
  const push = new command.local.Command(
    name,
    {
      create,
      ...(update !== undefined && { update }),
      environment: { ...environment, ...(missed === undefined ? {} : { [variable]: missed }) },
    },
    missed === undefined ? { ...opts, ignoreChanges: [`environment.${variable}`] } : opts,
  );
  return { stdout: push.stdout, missed: push.environment.apply((given) => given?.[variable]) };
}
