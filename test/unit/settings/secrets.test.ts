import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { lookAtSecrets } from "../../../settings/kubernetes-secrets.ts";
import { configurationProblems } from "../../../settings/secrets.ts";
import type { SecretReference } from "../../../source/environment.ts";
import type { FunctionSecret } from "../../../source/secrets.ts";
import { formatProblem } from "../../../source/yaml-file.ts";

const secret = (variable: string, from: SecretReference, line = 3): FunctionSecret => ({
  variable,
  from,
  place: { file: "f/function.yaml", line, column: 3 },
});

describe("secrets of the configuration", () => {
  const configured = new Map([
    ["kept", { encrypted: true }],
    ["clear", { encrypted: false }],
  ]);
  const problems = (...secrets: FunctionSecret[]) =>
    configurationProblems(secrets, configured, "dev").map((problem) => formatProblem(problem));

  it("are there, encrypted", () => {
    const sound = [secret("A", { config: "kept" }), secret("B", { secret: "db", key: "password" })];
    assert.deepEqual(problems(...sound), []);
  });

  it("are refused with their places and the commands that set them, all at once", () => {
    const wrong = [secret("B", { config: "clear" }, 4), secret("C", { config: "absent" }, 5)];
    assert.deepEqual(problems(secret("A", { config: "kept" }), ...wrong), [
      "f/function.yaml:4:3: secrets.B: secrets:clear stands in clear in the configuration of stack dev; " +
        'set it by "pulumi config set --secret secrets:clear", which asks for the value',
      "f/function.yaml:5:3: secrets.C: secrets:absent is not in the configuration of stack dev; " +
        'set it by "pulumi config set --secret secrets:absent", which asks for the value',
    ]);
  });
});

describe("Kubernetes Secrets that are there", () => {
  let folder: string;
  const path = process.env.PATH;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "knflow-test-"));
    const kubectl = join(folder, "kubectl");
    const answers = `case "$*" in
      *"-n shop secret db "*) printf '17 password user' ;;
      *"-n shop secret empty "*) printf '5' ;;
      *"-n shop secret hidden "*) echo 'Error from server (Forbidden): no' >&2; exit 1 ;;
      *"namespace shop "*) echo namespace/shop ;;
    esac`;
    await writeFile(kubectl, `#!/bin/sh\necho "$@" >>${join(folder, "asked")}\n${answers}\n`);
    await chmod(kubectl, 0o755);
    process.env.PATH = `${folder}${delimiter}${path}`;
  });
  after(async () => {
    process.env.PATH = path;
    await rm(folder, { recursive: true });
  });

  const look = async (namespace: string, ...secrets: FunctionSecret[]) => {
    const { versions, problems } = await lookAtSecrets(secrets, ["--context", "kind-test"], namespace);
    return { versions, problems: problems.map(formatProblem) };
  };

  it("are looked at by their keys and versions, each once, never by their values", async () => {
    const both = [secret("A", { secret: "db", key: "user" }), secret("B", { secret: "db", key: "password" })];
    assert.deepEqual(await look("shop", ...both), { versions: { db: "17" }, problems: [] });
    const calls = (await readFile(join(folder, "asked"), "utf8")).trim().split("\n");
    assert.equal(calls.length, 1);
    assert.match(calls[0] ?? "", /^--context kind-test get --ignore-not-found -n shop secret db -o go-template=/);
    assert.doesNotMatch(calls[0] ?? "", /\$value\}|-o (json|yaml)/);
  });

  it("are told where they or their keys are missing, with the place in function.yaml, all at once", async () => {
    const named = [
      secret("A", { secret: "gone", key: "user" }, 4),
      secret("B", { secret: "db", key: "pass" }, 5),
      secret("C", { secret: "empty", key: "x" }, 6),
    ];
    assert.deepEqual((await look("shop", ...named)).problems, [
      "f/function.yaml:4:3: secrets.A: there is no Kubernetes Secret gone in namespace shop; create it: " +
        "kubectl -n shop create secret generic gone --from-file=user=<file>",
      "f/function.yaml:5:3: secrets.B: the Kubernetes Secret db in namespace shop has no key pass; its keys are: password, user",
      "f/function.yaml:6:3: secrets.C: the Kubernetes Secret empty in namespace shop has no key x; it has none",
    ]);
  });

  it("are told with the namespace where that is not there yet", async () => {
    const { problems } = await look("none", secret("A", { secret: "gone", key: "user" }));
    assert.match(problems.join(), /; create it: kubectl create namespace none && kubectl -n none create secret/);
  });

  it("are told where they cannot be looked at", async () => {
    await assert.rejects(look("shop", secret("A", { secret: "hidden", key: "x" })), /\(Forbidden\): no$/);
  });

  it("are not looked at where none is named", async () => {
    await rm(join(folder, "asked"));
    assert.deepEqual(await look("shop", secret("A", { config: "token" })), { versions: {}, problems: [] });
    await assert.rejects(readFile(join(folder, "asked")), /ENOENT/);
  });
});
