import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { packZip, sha256 } from "../../archive/zip.ts";
import { ensureDebianPackages } from "../../cluster/toolchain/index.ts";
import { ArchiveServer } from "../../local/archive-server.ts";
import { providePython } from "../../local/python.ts";
import { projectRoot } from "../../cli/root.ts";
import { inTemporaryFolder } from "../../cli/temporary-folder.ts";
import { alternate } from "../alternate.ts";
import type { Bench, Case } from "../case.ts";
import { load } from "../load.ts";
import { providePythonServers } from "../python-servers.ts";
import type { Comparison, Figure } from "../results.ts";
import { ServerProcess, type ServerSpec } from "../server-process.ts";

const servers = join(import.meta.dirname, "..", "servers");
const body = JSON.stringify({
  name: "Ada",
  numbers: [3, 1, 4, 1, 5, 9, 2, 6],
  note: "a body of about a hundred bytes",
});
/** The server has one processor, what sends the load the other one. */
const [ofServer, ofLoad] = [0, 1];
const [connections, seconds] = [32, 3];
/** As runtimes are deployed, and without a line of log for each request, as the bare servers are. */
type LogLevel = "info" | "warn";

/** B4: what a runtime costs on each request, against the fastest servers of its language that do nothing else. */
export const requests: Case = {
  id: "B4",
  title: "requests a second through a runtime, and of a bare server",
  includes:
    "One server process on one processor, wrk with 32 connections on the other one, 3 s a measurement; the same handler, JSON in and " +
    "out, about 100 bytes. A runtime does what it does on the cluster: run ids, timeouts, limits, by default a line of log a request with " +
    "input and output, written to a file. The bare servers write no log and have no timeout.",
  run: (bench) => inTemporaryFolder("knflow-bench-", (folder) => measure(bench, folder)),
};

async function measure(bench: Bench, folder: string) {
  await ensureDebianPackages(["wrk", "util-linux"], bench.progress);
  const archives = await ArchiveServer.start();
  try {
    const { python, node, uvicorn, granian, nodeHttp } = await serverSpecs(bench, archives, folder);
    const results = [
      await compare(
        bench,
        folder,
        ["Python, async handler, info", python("async_handler", "info")],
        ["uvicorn", uvicorn],
      ),
      await compare(
        bench,
        folder,
        ["Python, async handler, warn", python("async_handler", "warn")],
        ["uvicorn", uvicorn],
      ),
      await compare(bench, folder, ["Python, plain handler, info", python("handler", "info")], ["uvicorn", uvicorn]),
      await compare(
        bench,
        folder,
        ["Python, async handler, info", python("async_handler", "info")],
        ["granian", granian],
      ),
      await compare(bench, folder, ["Node.js, info", node("info")], ["node:http", nodeHttp]),
      await compare(bench, folder, ["Node.js, warn", node("warn")], ["node:http", nodeHttp]),
    ];
    return {
      comparisons: results.map(({ comparison }) => comparison),
      figures: results.flatMap(({ figures }) => figures),
    };
  } finally {
    archives.close();
  }
}

type Named = readonly [name: string, spec: ServerSpec];

async function compare(bench: Bench, folder: string, subject: Named, baseline: Named) {
  const name = `${subject[0]} / ${baseline[0]}`;
  const ours = await ServerProcess.start(subject[1], folder, ofServer);
  const bare = await ServerProcess.start(baseline[1], folder, ofServer);
  const busy: number[] = [];
  const rate = async (server: ServerProcess) => {
    const before = await server.processorSeconds();
    const result = await load(server.url, { body, connections, seconds, processor: ofLoad });
    busy.push((await server.processorSeconds()) - before);
    return result.requests / result.seconds;
  };
  try {
    const [subjects = [], baselines = []] = await alternate(bench.rounds(9), [() => rate(ours), () => rate(bare)], {
      told: (round) => bench.step.note(`${name}: round ${round}`),
    });
    const comparison: Comparison = {
      name,
      unit: "requests/s",
      subject: { name: subject[0], values: subjects },
      baseline: { name: baseline[0], values: baselines },
      goal: { atLeast: 0.9 },
    };
    const figures: Figure[] = [
      {
        name: `${name}: share of its processor that the measured server used`,
        unit: "",
        values: busy.map((one) => one / seconds),
      },
    ];
    return { comparison, figures };
  } finally {
    await Promise.all([ours.stop(), bare.stop()]);
  }
}

async function serverSpecs({ progress }: Bench, archives: ArchiveServer, folder: string) {
  const runtime = await providePython(progress, new AbortController().signal);
  const { python, packages } = await providePythonServers(progress);
  const bare = (command: string, file: string, env: Record<string, string> = {}): ServerSpec => ({
    command: [command, join(servers, file)],
    env,
    body,
  });
  const ofPackages = { PYTHONPATH: `${packages}:${servers}`, PYTHONDONTWRITEBYTECODE: "1" };
  const own = async (command: readonly string[], file: string, env: Record<string, string>) => {
    const name = file.replace("handler.", "main.");
    const content = await readFile(join(servers, file));
    const zip = await packZip([{ path: name, content }]);
    const object = `bench/handler-${sha256(zip)}.zip`;
    archives.put(object, zip);
    return (handler: string, level: LogLevel): ServerSpec => ({
      command,
      env: {
        ...env,
        FAASIT_CODE_DIR: object,
        FAASIT_FUNC_NAME: "handler",
        FAASIT_WORKFLOW_NAME: "bench",
        FAASIT_PROVIDER: "knative",
        KNFLOW_CODE_ORIGIN: archives.origin,
        KNFLOW_CODE_SHA256: sha256(zip),
        KNFLOW_HANDLER: `main.${handler}`,
        KNFLOW_HOST: "127.0.0.1",
        KNFLOW_LOG_LEVEL: level,
        KNFLOW_WORK_DIR: join(folder, `${file}-${level}-${handler}`),
      },
      body,
    });
  };
  const pythonRuntime = await own(
    [runtime.python, "-S", join(projectRoot, "runtimes", "python", "start.py")],
    "handler.py",
    { PYTHONPATH: runtime.packages },
  );
  const nodeRuntime = await own(
    [process.execPath, join(projectRoot, "runtimes", "node", "src", "main.ts")],
    "handler.mjs",
    {},
  );
  return {
    python: pythonRuntime,
    node: (level: LogLevel) => nodeRuntime("handler", level),
    uvicorn: bare(python, "uvicorn_server.py", ofPackages),
    granian: bare(python, "granian_server.py", ofPackages),
    nodeHttp: bare(process.execPath, "node-http.mjs"),
  };
}
