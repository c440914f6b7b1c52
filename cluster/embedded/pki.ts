import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { names, serviceIps } from "./constants.ts";

/** Who the node's parts are to each other; certificates last ten years, since nothing here renews them. */
const days = "3650";

interface Certificate {
  readonly file: string;
  readonly subject: string;
  readonly authority: "ca" | "front-proxy-ca";
  readonly usage: "clientAuth" | "serverAuth";
  readonly altNames?: readonly string[];
}

function certificates(instance: string, nodeIp: string): Certificate[] {
  const client = (file: string, subject: string): Certificate => ({
    file,
    subject,
    authority: "ca",
    usage: "clientAuth",
  });
  return [
    {
      file: `apiserver-${nodeIp}`,
      subject: "/CN=kube-apiserver",
      authority: "ca",
      usage: "serverAuth",
      altNames: [
        "DNS:localhost",
        "DNS:kubernetes",
        "DNS:kubernetes.default",
        "DNS:kubernetes.default.svc",
        "DNS:kubernetes.default.svc.cluster.local",
        "IP:127.0.0.1",
        `IP:${serviceIps.kubernetes}`,
        `IP:${nodeIp}`,
      ],
    },
    client("admin", "/O=system:masters/CN=knflow-admin"),
    client("apiserver-kubelet", "/O=system:masters/CN=kube-apiserver-kubelet-client"),
    client("controller-manager", "/CN=system:kube-controller-manager"),
    client("scheduler", "/CN=system:kube-scheduler"),
    client("kube-proxy", "/CN=system:kube-proxy"),
    client("network-policies", "/CN=knflow:network-policies"),
    client("kubelet", `/O=system:nodes/CN=system:node:${names.node(instance)}`),
    { file: "front-proxy", subject: "/CN=front-proxy-client", authority: "front-proxy-ca", usage: "clientAuth" },
  ];
}

/** Makes the keys, certificates and kubeconfigs of an instance that are not there yet. */
export async function ensurePki(folder: string, instance: string, nodeIp: string, kubeconfig: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  for (const authority of ["ca", "front-proxy-ca"]) await ensureAuthority(folder, authority);
  await ensureServiceAccountKey(folder);
  for (const certificate of certificates(instance, nodeIp)) await ensureCertificate(folder, certificate);
  for (const user of ["controller-manager", "scheduler", "kube-proxy", "network-policies", "kubelet"])
    await writeKubeconfig(join(folder, `${user}.kubeconfig`), folder, instance, "127.0.0.1", user);
  await writeKubeconfig(kubeconfig, folder, instance, nodeIp, "admin");
}

async function ensureAuthority(folder: string, name: string): Promise<void> {
  await making(folder, name, (key, certificate) =>
    execa("openssl", [
      ...["req", "-x509", ...newKey, "-keyout", key, "-out", certificate, "-days", days, "-subj", `/CN=knflow-${name}`],
      ...["-addext", "keyUsage=critical,keyCertSign,cRLSign,digitalSignature"],
    ]),
  );
}

async function ensureCertificate(folder: string, one: Certificate): Promise<void> {
  const authority = join(folder, one.authority);
  await making(folder, one.file, (key, certificate) =>
    execa("openssl", [
      ...["req", "-x509", "-CA", `${authority}.crt`, "-CAkey", `${authority}.key`, ...newKey],
      ...["-keyout", key, "-out", certificate, "-days", days, "-subj", one.subject],
      ...["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "keyUsage=critical,digitalSignature"],
      ...["-addext", `extendedKeyUsage=${one.usage}`],
      ...(one.altNames ? ["-addext", `subjectAltName=${one.altNames.join(",")}`] : []),
    ]),
  );
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"];

/** The certificate comes last by renaming, so that one that is there has its key beside it. */
async function making(folder: string, name: string, make: (key: string, certificate: string) => Promise<unknown>) {
  const certificate = join(folder, `${name}.crt`);
  if (existsSync(certificate)) return;
  const partial = `${certificate}.partial`;
  await make(join(folder, `${name}.key`), partial);
  await execa("mv", [partial, certificate]);
}

async function ensureServiceAccountKey(folder: string): Promise<void> {
  const key = join(folder, "service-account.key");
  if (existsSync(key)) return;
  await execa("openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", `${key}.partial`]);
  await chmod(`${key}.partial`, 0o600);
  await execa("mv", [`${key}.partial`, key]);
}

async function writeKubeconfig(path: string, folder: string, instance: string, server: string, user: string) {
  const [authority, certificate, key] = await Promise.all(
    ["ca.crt", `${user}.crt`, `${user}.key`].map((file) => readFile(join(folder, file))),
  );
  const name = names.context(instance);
  const text = kubeconfigText({ name, server: `https://${server}:6443`, authority, certificate, key });
  await writeFile(path, text, { mode: 0o600 });
}

interface KubeconfigFacts {
  name: string;
  server: string;
  authority: Buffer | undefined;
  certificate: Buffer | undefined;
  key: Buffer | undefined;
}

/** A kubeconfig with one context, named like its cluster and its user. */
export function kubeconfigText({ name, server, authority, certificate, key }: KubeconfigFacts): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: { server, "certificate-authority-data": authority?.toString("base64") } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    users: [
      {
        name,
        user: {
          "client-certificate-data": certificate?.toString("base64"),
          "client-key-data": key?.toString("base64"),
        },
      },
    ],
  });
}
