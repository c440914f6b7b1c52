import { InvalidArgumentError } from "commander";
import { didYouMean } from "../../console/did-you-mean.ts";
import type { Case } from "../case.ts";
import { coldStartBaked } from "./cold-start-baked.ts";
import { coldStartLanguage } from "./cold-start-language.ts";
import { coldStartParts } from "./cold-start-parts.ts";
import { coldWorkflow } from "./cold-workflow.ts";
import { editToLive } from "./edit-to-live.ts";
import { fanOut } from "./fan-out.ts";
import { firstDeployment } from "./first-deployment.ts";
import { firstRun } from "./first-run.ts";
import { manyFunctionsPreview } from "./many-functions.ts";
import { noChangeUpdate } from "./no-change-update.ts";
import { requests } from "./requests.ts";
import { stackSize } from "./stack-size.ts";
import { warmWorkflow } from "./warm-workflow.ts";
import { watchToLive } from "./watch-to-live.ts";
import { withoutPods } from "./without-pods.ts";

/** All cases, in the order of their ids: ratios first, then further goals. */
export const cases: readonly Case[] = [
  ...[editToLive, coldStartBaked, coldStartLanguage, requests, firstDeployment, manyFunctionsPreview],
  ...[warmWorkflow, fanOut, coldWorkflow],
  ...[noChangeUpdate, watchToLive, coldStartParts, stackSize, withoutPods, firstRun],
];

/** @throws InvalidArgumentError where there is no such case */
export function caseOf(name: string): Case {
  const found = cases.find(({ id }) => id === name.toUpperCase());
  if (found) return found;
  const ids = cases.map(({ id }) => id);
  throw new InvalidArgumentError(`There is no case ${JSON.stringify(name)}; ${didYouMean(name, ids)}`);
}
