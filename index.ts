import * as pulumi from "@pulumi/pulumi";
import { clusterProvider } from "./components/cluster.ts";
import { declared } from "./components/declared.ts";
import { ownByFieldManager } from "./components/field-manager.ts";
import { guided } from "./components/guided.ts";
import { readStoredObjects } from "./components/stored-objects.ts";
import { stackManager } from "./manifests/field-managers.ts";
import { currentRelease, proposedReleases, tellRelease } from "./release/releases-file.ts";
import { readSettings } from "./settings/index.ts";

export default () =>
  guided(async () => {
    const stack = pulumi.getStack();
    const proposed = (pulumi.runtime.isDryRun() && process.env[proposedReleases]) || undefined;
    const release = await currentRelease(stack, ".", proposed);
    const settings = readSettings(release);
    if (release) void pulumi.log.info(tellRelease(stack, release, proposed !== undefined));
    ownByFieldManager(stackManager(stack));
    // The cluster's plugin starts and kubectl asks, while all else is loaded that a stack is made of.
    const provider = clusterProvider(settings.cluster);
    const stored = readStoredObjects(settings.cluster, settings.namespace);
    await declared();
    const { deployStack } = await import("./program.ts");
    return deployStack({ settings, release, provider, stored });
  });
