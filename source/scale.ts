import { z } from "zod";

/** How many pods Knative keeps of what says nothing else. */
const usual = { min: 0, max: 10, initial: 1, window: "60s" } as const;

const text = z.string().regex(/^([1-9]\d*)(s|m|h)$/, 'must be a duration such as "60s" or "5m"');

/** Bounds of a function's pods, as function.yaml or a stack's `knflow:scale` says them. */
export const scaleSchema = z
  .strictObject({
    min: z
      .int()
      .min(0, "must be 0 or more")
      .optional()
      .describe("Pods kept without any request; 0 lets the function sleep. Default: the stack's knflow:scale, else 0."),
    max: z
      .int()
      .min(0, "must be 0 (no limit) or more")
      .optional()
      .describe(
        "Most pods; 0 sets no limit. Default: the stack's knflow:scale, else 10, or scale.min or scale.initial where one is more.",
      ),
    initial: z
      .int()
      .min(0, "must be 0 or more")
      .optional()
      .describe(
        "Pods that a new Revision starts before it gets requests; scale.min where that is more. With 0 it gets requests at once, whether its code loads or not: the first one tells what is wrong with it, instead of `pulumi up`. Default: the stack's knflow:scale, else 1.",
      ),
    window: text
      .refine((text) => inSeconds(text) >= 6 && inSeconds(text) <= 3600, "must lie between 6s and 1h")
      .optional()
      .describe(
        "Time over which requests are averaged, 6s to 1h; a pod sleeps once idle for that long. Default: the stack's knflow:scale, else 60s.",
      ),
  })
  .refine(({ min = 0, max = 0 }) => max === 0 || min <= max, { path: ["min"], message: "must not exceed scale.max" })
  .refine(({ initial = 0, max = 0 }) => max === 0 || initial <= max, {
    path: ["initial"],
    message: "must not exceed scale.max",
  });

/** What function.yaml or a stack says of the scale, where it says something. */
export type Scale = z.output<typeof scaleSchema>;

/**
 * The scale of a function: its own, then its stack's, then the usual one. Where one bound is the function's own and the other one
 * is not, that one gives way.
 *
 * @example scaleOf({ max: 1 }, { min: 2 }) // { min: 1, max: 1, initial: 1, window: "60s" }
 */
export function scaleOf(own: Scale, stack: Scale = {}): Required<{ [Key in keyof Scale]: NonNullable<Scale[Key]> }> {
  const { min = usual.min, initial = usual.initial, window = usual.window } = stack;
  const { max = Math.max(usual.max, min, initial) } = stack;
  const within = (count: number) => (own.max ? Math.min(count, own.max) : count);
  return {
    min: own.min ?? within(min),
    max: own.max ?? (max && Math.max(max, own.min ?? 0, own.initial ?? 0)),
    initial: own.initial ?? within(initial),
    window: own.window ?? window,
  };
}

function inSeconds(duration: string): number {
  const unit = { s: 1, m: 60, h: 3600 }[duration.slice(-1)] ?? 1;
  return Number(duration.slice(0, -1)) * unit;
}
