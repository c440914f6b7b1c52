import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runDocuments, type Place } from "../docs/run.ts";
import { namespace, project } from "./setup.ts";

describe("commands of the pages, on the cluster", () => {
  let place: Place;

  before(async () => {
    const { folder, env, instance } = project();
    const { workflows } = await project().outputs();
    const { host = "", functions } = workflows.wordcount ?? {};
    const { revision = "", digest = "" } = functions?.count ?? {};
    await writeFile(join(folder, "password.txt"), "two");
    await writeFile(join(folder, "docker-config.json"), '{"auths": {}}');
    place = {
      folder,
      env: { ...env, PULUMI_SKIP_CONFIRMATIONS: "true" },
      names: [
        // The stack that is meant where none is named.
        [" --stack mycluster", ""],
        ["cluster status", `cluster status --name ${instance.name}`],
        ["namespace knflow-dev", "namespace knflow-pages"],
        ["8081:80", ":80"],
        ["configmap config-observability", "configmap config-observability --dry-run=server"],
        ["<namespace>", namespace],
        ["<file>", "password.txt"],
        ["$HOME/.docker/config.json", "docker-config.json"],
        ["wordcount.knflow-dev.example.com", host],
        ["http://127.0.0.1:8080", instance.gatewayLoopback],
        ["35c6d06f33e951ddface1f4e0b2cb523", "guide-1"],
        ["wordcount-count-00003", revision],
        ["3fa2b81c", digest.slice(0, 8)],
      ],
    };
  });
  after(async () => {
    await project().kubectl("-n", namespace, "delete", "secret", "db", "otlp", "--ignore-not-found");
    const namespaces = ["knflow-mycluster", "knflow-pages"];
    await project().kubectl("delete", "namespace", ...namespaces, "--ignore-not-found", "--wait=false");
  });

  runDocuments("e2e", () => Promise.resolve(place));
});
