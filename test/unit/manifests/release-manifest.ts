const digest = (letter: string) => `@sha256:${letter.repeat(64)}`;
const serving = "gcr.io/knative-releases/knative.dev/serving/cmd";

/** What names images in the manifests of Knative Serving and Kourier, in the shape that their releases have, and what looks so. */
export const releaseManifest = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: images.caching.internal.knative.dev }
spec:
  versions:
    - schema: { openAPIV3Schema: { properties: { spec: { properties: { image: { description: its URL, type: string } } } } } }
      additionalPrinterColumns: [{ name: Image, type: string, jsonPath: .spec.image }]
---
apiVersion: caching.internal.knative.dev/v1alpha1
kind: Image
metadata: { name: queue-proxy, namespace: knative-serving }
spec: { image: ${serving}/queue${digest("a")} }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: config-deployment, namespace: knative-serving, annotations: { knative.dev/example-checksum: "720ddb97" } }
data:
  queue-sidecar-image: ${serving}/queue${digest("a")}
  _example: |
    # registries-skipping-tag-resolving: "kind.local,ko.local,dev.local"
    queue-sidecar-image: ${serving}/queue${digest("e")}
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: activator, namespace: knative-serving }
spec:
  template:
    spec:
      containers:
        - name: activator
          image: ${serving}/activator${digest("b")}
          env: [{ name: METRICS_DOMAIN, value: knative.dev/internal/serving }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: webhook, namespace: knative-serving }
spec: { template: { spec: { containers: [{ name: webhook, image: ${serving}/webhook${digest("c")} }] } } }
---
apiVersion: batch/v1
kind: Job
metadata: { generateName: storage-version-, name: storage-version-migration }
spec:
  template:
    spec:
      initContainers: [{ name: wait, image: "gcr.io/knative-releases/wait:v1.21.0" }]
      containers: [{ name: migrate, image: gcr.io/knative-releases/migrate${digest("d")} }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: net-kourier-controller, namespace: knative-serving }
spec: { template: { spec: { containers: [{ image: gcr.io/knative-releases/kourier${digest("f")}, name: controller }] } } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: 3scale-kourier-gateway, namespace: kourier-system }
spec:
  template:
    spec: { containers: [{ name: kourier-gateway, image: "envoyproxy/envoy:v1.34-latest", args: [--base-id 1, -c /tmp/config/envoy-bootstrap.yaml] }] }
`;
