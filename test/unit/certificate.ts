import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";

/**
 * Makes a certificate that signs itself, as a CA bundle in a folder.
 *
 * @param host such as `DNS:github.com` or `IP:127.0.0.1`
 * @returns what a server needs, and the bundle's path
 */
export async function selfSigned(folder: string, host: string): Promise<{ key: Buffer; cert: Buffer; bundle: string }> {
  const [key, bundle] = [join(folder, "key.pem"), join(folder, "ca-certificates.crt")];
  await execa("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"],
    ...["-keyout", key, "-out", bundle, "-subj", "/CN=test", "-addext", `subjectAltName=${host}`],
  ]);
  return { key: await readFile(key), cert: await readFile(bundle), bundle };
}
