import { z } from "zod";

const flag = (allowed: readonly string[]) => `must be one of: ${allowed.join(", ")}`;
export const oneOf = <const T extends readonly string[]>(values: T) => z.enum(values, { error: flag(values) });

export const dnsLabel = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    'must be a DNS label: lower-case letters, digits and "-", at most 63 characters',
  );
export const domain = z
  .string()
  .max(253)
  .regex(
    /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    "must be a domain such as functions.example.com",
  );
export const size = z.string().regex(/^[1-9]\d*(Mi|Gi|Ti)$/, 'must be a size such as "512Mi" or "1Gi"');
/** No name or path has these; those who look at one in a message, a log or a file would be misled. */
export const noControls = /^[^\0-\x1f\x7f]*$/;
export const text = z.string().min(1).regex(noControls, "must not hold control characters");
export const absolutePath = text.regex(/^\//, "must be an absolute path");
export const objectName = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
    'must be the name of an object of Kubernetes: lower-case letters, digits, "-" and "."',
  );
/** `pulumi config set --path` writes 0.1 as a text. */
export const share = z.preprocess(
  (value) => (typeof value === "string" && /^\d(\.\d+)?$/.test(value) ? Number(value) : value),
  z.number("must be from 0 to 1").min(0, "must be from 0 to 1").max(1, "must be from 0 to 1"),
);
export const secretKey = z
  .string()
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/, 'must be the key of a Secret: letters, digits, "-", "_" and "."');
export const httpUrl = z
  .url({ protocol: /^https?$/, error: "must be an address beginning with http:// or https://" })
  .regex(/^\S*$/, "must not hold white space")
  // Settings stand in state and in images' history in clear.
  .refine((text) => !URL.canParse(text) || new URL(text).username === "", {
    error: "must not hold a user or a password; give those to pip by a netrc file, to npm by ~/.npmrc",
  });
/** Folders of a node that belong to its system: the code volume's is given to another user. */
const systemFolder = /^\/(bin|boot|dev|etc|home|lib|lib64|proc|root|run|sbin|sys|usr|tmp|var|var\/lib)?\/*$/;
export const nodeFolder = z
  .string()
  .regex(/^(\/[\w.@+-]+)+$/, "must be an absolute path of letters, digits and . _ - + @")
  .refine((path) => !path.split("/").some((part) => part === "." || part === ".."), "must not hold . or ..")
  .refine((path) => !systemFolder.test(path), "must be a folder of its own, not one of the system's");
export const version = z.string().regex(/^\d+\.\d+\.\d+$/, 'must be a release such as "1.21.0"');
export const image = z
  .string()
  .regex(/^[\w.-]+(:\d+)?(\/[\w.-]+)*(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/, "must be an image reference");
export const imagesByName = z.strictObject({
  /** The Python runtime. */
  python: image.optional(),
  /** The Node.js runtime. */
  node: image.optional(),
  /** The workflow executor. */
  workflow: image.optional(),
  /** The nginx file server. */
  fileServer: image.optional(),
});

export const readyMadeImages = imagesByName.extend({
  /** PostgreSQL, for the run store. */
  runStore: image.optional(),
});
