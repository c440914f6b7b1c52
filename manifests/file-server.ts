import { notWaitedFor, platformLabels } from "./labels.ts";
import { restrictedContainer, userId } from "./security.ts";

/** The name of the file server's Deployment and Service. */
export const fileServerName = "nginx-file-server";

/** Where the claim is mounted in the file server's pod. */
export const uploadsPath = "/data/uploads";

/** The port of the file server's container: above 1023, since it does not run as root. */
export const fileServerPort = 8080;

/** Where nginx.conf includes further locations from. */
const includesPath = "/etc/nginx/knflow.d";
const listingName = `${fileServerName}-listing`;

const selector = { app: fileServerName };

/**
 * The address that functions download their code from.
 *
 * @example codeOrigin("knflow-dev") === "http://nginx-file-server.knflow-dev.svc.cluster.local/data/"
 */
export function codeOrigin(namespace: string): string {
  return `http://${fileServerName}.${namespace}.svc.cluster.local/data/`;
}

/**
 * The ConfigMap that turns the listing of /data/ on.
 *
 * @param location what nginx includes: the text of runtimes/file-server/listing.conf
 */
export function listingConfig(namespace: string, location: string) {
  return {
    metadata: { name: listingName, namespace, labels: platformLabels("file-server") },
    data: { "listing.conf": location },
  };
}

/** What {@link fileServerDeployment} is made from. */
export interface FileServerSpec<Text> {
  readonly namespace: string;
  readonly image: Text;
  readonly claim: string;
  /** Whether it lists what the volume holds, by the ConfigMap of {@link listingConfig}. */
  readonly listing: boolean;
}

/** The file server's Deployment. */
export function fileServerDeployment<Text>(spec: FileServerSpec<Text>) {
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
              // Patient: a server that is only slow is worth more than one that starts again.
              livenessProbe: {
                httpGet: { path: "/health", port: "http" },
                periodSeconds: 10,
                timeoutSeconds: 5,
                failureThreshold: 6,
              },
              securityContext: restrictedContainer,
              resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { cpu: "250m", memory: "256Mi" } },
              volumeMounts: [
                { name: "code", mountPath: uploadsPath },
                { name: "tmp", mountPath: "/tmp" },
                ...(spec.listing ? [{ name: "listing", mountPath: includesPath, readOnly: true }] : []),
              ],
            },
          ],
          volumes: [
            { name: "code", persistentVolumeClaim: { claimName: spec.claim } },
            { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
            ...(spec.listing ? [{ name: "listing", configMap: { name: listingName } }] : []),
          ],
        },
      },
    },
  };
}

/** The file server's Service. */
export function fileServerService(namespace: string) {
  return {
    metadata: { name: fileServerName, namespace, labels: platformLabels("file-server"), annotations: notWaitedFor },
    spec: { type: "ClusterIP", selector, ports: [{ name: "http", port: 80, targetPort: "http" }] },
  };
}
