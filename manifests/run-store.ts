import type { SecretVariable } from "./knative-service.ts";
import { notWaitedFor, platformLabels, secretVersionAnnotation } from "./labels.ts";
import { restrictedContainer, userId } from "./security.ts";

/** The name of the run store's Deployment, Service and Secret. */
export const runStoreName = "run-store";
/** The name of the run keeper's Deployment. */
export const runKeeperName = "run-keeper";

/** The port of the run store. */
export const runStorePort = 5432;
const user = "knflow";
const storeLabels = { ...platformLabels("run-store"), app: runStoreName };
const keeperLabels = { ...platformLabels("run-keeper"), app: runKeeperName };

/** The Secret by which executors find the store: `password`, and `url`, which holds it. */
export function runStoreSecret(namespace: string, password: string) {
  return {
    metadata: { name: runStoreName, namespace, labels: platformLabels("run-store") },
    stringData: {
      password,
      url: `postgres://${user}:${password}@${runStoreName}.${namespace}.svc:${runStorePort}/postgres`,
    },
  };
}

/**
 * The Secret of a store that is somewhere else. Stacks that share it have schemas of their own in it, named after their
 * namespaces where the address names none (`?schema=`).
 */
export function externalStoreSecret(namespace: string, url: string) {
  const address = new URL(url);
  if (!address.searchParams.has("schema")) address.searchParams.set("schema", namespace);
  const metadata = { name: runStoreName, namespace, labels: platformLabels("run-store") };
  return { metadata, stringData: { url: address.href } };
}

/** PostgreSQL's own programs want a name for their user, and images do not agree on one. */
export function runStoreConfig(namespace: string) {
  return {
    metadata: { name: runStoreName, namespace, labels: platformLabels("run-store") },
    data: { passwd: `root:x:0:0:root:/root:/bin/sh\npostgres:x:${userId}:${userId}:postgres:/tmp:/bin/sh\n` },
  };
}

/** Makes the database where there is none, all or nothing, then serves it. Needs PostgreSQL's programs on PATH. */
const start = `
set -eu
data=/var/lib/run-store/data
if [ ! -s "$data/PG_VERSION" ]; then
  rm -rf "$data.new"
  initdb --pgdata="$data.new" --username=${user} --pwfile=/run/secrets/run-store/password \\
    --auth-local=reject --auth-host=scram-sha-256 --encoding=UTF8 --locale=C --data-checksums
  echo "host all all all scram-sha-256" >>"$data.new/pg_hba.conf"
  mv "$data.new" "$data"
fi
# The volume outlives the stack and its Secret: the password is the Secret's at each start.
printf "alter role ${user} password '%s'\\n" "$(cat /run/secrets/run-store/password)" |
  postgres --single -D "$data" postgres >/dev/null
exec postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories= -c max_connections=300 \\
  -c shared_buffers=32MB -c max_wal_size=256MB -c log_checkpoints=off
`;

/** What {@link runStoreDeployment} is made from. */
export interface RunStoreSpec<Text> {
  readonly namespace: string;
  /** An image with PostgreSQL. */
  readonly image: Text;
  readonly claim: Text;
  /** Another one with each change of the Secret. */
  readonly secretVersion: Text;
}

/** The store's Deployment. */
export function runStoreDeployment<Text>({ namespace, image, claim, secretVersion }: RunStoreSpec<Text>) {
  return {
    metadata: { name: runStoreName, namespace, labels: platformLabels("run-store") },
    spec: {
      replicas: 1,
      // Two servers on one folder would destroy it.
      strategy: { type: "Recreate" },
      selector: { matchLabels: { app: runStoreName } },
      template: {
        metadata: { labels: storeLabels, annotations: { [secretVersionAnnotation]: secretVersion } },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: { fsGroup: userId, fsGroupChangePolicy: "OnRootMismatch" },
          containers: [
            {
              name: "postgres",
              image,
              command: ["sh", "-c", start],
              ports: [{ name: "postgres", containerPort: runStorePort }],
              // SIGTERM would wait until every connection is closed by its client.
              lifecycle: { preStop: { exec: { command: ["sh", "-c", "kill -INT 1"] } } },
              // A process in the container for each question costs for good: pg_isready alone took 18 s of processor time in 27 min. So it, which
              // knows of recovery, is asked until that is over, which may take its time.
              startupProbe: {
                exec: { command: ["pg_isready", "-q", "-h", "127.0.0.1"] },
                periodSeconds: 1,
                timeoutSeconds: 3,
                failureThreshold: 3600,
              },
              readinessProbe: { tcpSocket: { port: "postgres" }, periodSeconds: 2 },
              securityContext: { ...restrictedContainer, runAsUser: userId, runAsGroup: userId },
              resources: { requests: { cpu: "20m", memory: "96Mi" }, limits: { cpu: "1", memory: "512Mi" } },
              volumeMounts: [
                { name: "data", mountPath: "/var/lib/run-store" },
                { name: "secret", mountPath: "/run/secrets/run-store", readOnly: true },
                { name: "config", mountPath: "/etc/passwd", subPath: "passwd", readOnly: true },
                { name: "tmp", mountPath: "/tmp" },
              ],
            },
          ],
          volumes: [
            { name: "data", persistentVolumeClaim: { claimName: claim } },
            { name: "secret", secret: { secretName: runStoreName, defaultMode: 0o440 } },
            { name: "config", configMap: { name: runStoreName } },
            { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
          ],
        },
      },
    },
  };
}

/** The store's Service. */
export function runStoreService(namespace: string) {
  return {
    metadata: { name: runStoreName, namespace, labels: platformLabels("run-store"), annotations: notWaitedFor },
    spec: {
      type: "ClusterIP",
      selector: { app: runStoreName },
      ports: [{ name: "postgres", port: runStorePort, targetPort: "postgres" }],
    },
  };
}

/** The variable by which executors and the run keeper find the store. */
export function storeVariable(): SecretVariable {
  return { name: "KNFLOW_STORE_URL", valueFrom: { secretKeyRef: { name: runStoreName, key: "url" } } };
}

/** The run keeper's Deployment; its program is in the executor's image. */
export function runKeeperDeployment<Text>(spec: {
  readonly namespace: string;
  readonly image: Text;
  /** Another one with each change of the Secret. */
  readonly secretVersion: Text;
  readonly retentionDays: number;
  readonly logLevel: string;
}) {
  const env = [
    storeVariable(),
    { name: "KNFLOW_WORKFLOW_ADDRESS", value: `http://{name}.${spec.namespace}.svc.cluster.local` },
    { name: "KNFLOW_RUN_RETENTION_DAYS", value: String(spec.retentionDays) },
    { name: "KNFLOW_LOG_LEVEL", value: spec.logLevel },
  ];
  return {
    metadata: { name: runKeeperName, namespace: spec.namespace, labels: platformLabels("run-keeper") },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: runKeeperName } },
      template: {
        metadata: { labels: keeperLabels, annotations: { [secretVersionAnnotation]: spec.secretVersion } },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          containers: [
            {
              name: "run-keeper",
              image: spec.image,
              command: ["node", "src/keeper/main.ts"],
              env,
              ports: [{ name: "http", containerPort: 9000 }],
              readinessProbe: { httpGet: { path: "/health", port: "http" }, periodSeconds: 3 },
              securityContext: restrictedContainer,
              resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "500m", memory: "256Mi" } },
              volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
            },
          ],
          volumes: [{ name: "tmp", emptyDir: { sizeLimit: "64Mi" } }],
        },
      },
    },
  };
}
