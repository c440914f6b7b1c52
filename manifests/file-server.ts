import { platformLabels } from "./labels.ts";
import { restrictedContainer, userId } from "./security.ts";

/** The name of the file server's Deployment and Service. */
export const fileServerName = "nginx-file-server";

/** Where the claim is mounted in the file server's pod. */
export const uploadsPath = "/data/uploads";

/** The port of the file server's container: above 1023, since it does not run as root. */
export const fileServerPort = 8080;

const selector = { app: fileServerName };

/**
 * The address that functions download their code from.
 *
 * @example codeOrigin("knflow-dev") === "http://nginx-file-server.knflow-dev.svc.cluster.local/data/"
 */
export function codeOrigin(namespace: string): string {
  return `http://${fileServerName}.${namespace}.svc.cluster.local/data/`;
}

/** The file server's Deployment. */
export function fileServerDeployment<Text>(spec: { namespace: string; image: Text; claim: string }) {
  return {
    metadata: { name: fileServerName, namespace: spec.namespace, labels: platformLabels("file-server") },
    spec: {
      replicas: 1,
      // The volume is ReadWriteOnce: on some storage the new pod cannot start while the old one holds it.
      strategy: { type: "Recreate" },
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: { ...platformLabels("file-server"), ...selector } },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: { fsGroup: userId, fsGroupChangePolicy: "OnRootMismatch" },
          containers: [
            {
              name: "nginx",
              image: spec.image,
              ports: [{ name: "http", containerPort: fileServerPort }],
              readinessProbe: { httpGet: { path: "/health", port: "http" }, periodSeconds: 2 },
              securityContext: restrictedContainer,
              resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { cpu: "250m", memory: "256Mi" } },
              volumeMounts: [
                { name: "code", mountPath: uploadsPath },
                { name: "tmp", mountPath: "/tmp" },
              ],
            },
          ],
          volumes: [
            { name: "code", persistentVolumeClaim: { claimName: spec.claim } },
            { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
          ],
        },
      },
    },
  };
}

/** The file server's Service. */
export function fileServerService(namespace: string) {
  return {
    metadata: { name: fileServerName, namespace, labels: platformLabels("file-server") },
    spec: { type: "ClusterIP", selector, ports: [{ name: "http", port: 80, targetPort: "http" }] },
  };
}
