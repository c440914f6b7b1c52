import { dirname } from "node:path";

/** The project's folder: where Pulumi.yaml, functions/ and node_modules/ are. */
export const projectRoot = dirname(import.meta.dirname);
