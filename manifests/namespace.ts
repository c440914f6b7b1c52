import { platformLabels } from "./labels.ts";

/** The namespace of a stack; it admits only pods that fulfil Pod Security's "restricted" profile. */
export function namespaceManifest(name: string) {
  return {
    metadata: {
      name,
      labels: {
        ...platformLabels("knflow"),
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/enforce-version": "latest",
      },
    },
  };
}
