import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, readdirSync } from "node:fs";
import { chown, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { logTail } from "../../console/plain-text.ts";
import { FailedStep } from "../../console/progress.ts";
import { waitUntil } from "./wait.ts";
import type { Layout } from "./layout.ts";
import { removeFromHost, type Network } from "./network.ts";
import { nodeInit, reachableNameservers } from "./node-init.ts";
import { nodeProcess, startOf, type NodeProcess } from "./node-process.ts";
import { configFiles } from "./service-config.ts";
import { logScript, runScript, servicesOf } from "./services.ts";
import { removeCgroups } from "./cgroups.ts";

/** What the services are made from. */
export interface NodeParts {
  readonly network: Network;
  readonly pauseImage: string;
  readonly binary: (name: string) => string;
}

/** Starts the node; it runs on after this process has ended. Leftovers of one that ended are removed before. */
export async function startNode(layout: Layout, parts: NodeParts): Promise<NodeProcess> {
  await removeFromHost(layout.name, parts.network);
  await removeCgroups(layout.name);
  await writeNode(layout, parts);
  const hostNamespace = openSync("/proc/self/ns/net", "r");
  const log = openSync(layout.nodeLog, "w");
  const node = spawn(
    "unshare",
    ["--mount", "--pid", "--net", "--uts", "--ipc", "--fork", "--kill-child", "/bin/sh", join(layout.config, "init")],
    { cwd: "/", detached: true, stdio: ["ignore", log, log, hostNamespace], env: nodeEnvironment() },
  );
  closeSync(hostNamespace);
  closeSync(log);
  node.unref();
  let ended: string | undefined;
  node.once("error", (error) => (ended = error.message));
  node.once("exit", (code, signal) => (ended = `it ended with ${code ?? signal}`));
  const failure = (why: string) =>
    new FailedStep(
      `the node of cluster ${layout.name} did not start: ${why}. Its log is ${layout.nodeLog}; where the kernel or a ` +
        `sandbox forbids it something, the cluster cannot run on this machine`,
      logTail(layout.nodeLog, 20),
    );
  const running = () => {
    if (ended !== undefined) throw failure(ended);
    return nodeProcess(layout);
  };
  try {
    return await waitUntil("its first process", 20_000, running, failure);
  } catch (error) {
    // Nobody knows of it: the next start would put a second one beside it on the same folders.
    if (ended === undefined) await killed(node);
    await removeFromHost(layout.name, parts.network);
    await removeCgroups(layout.name);
    throw error;
  }
}

async function killed(node: ChildProcess): Promise<void> {
  const end = once(node, "exit");
  node.ref();
  node.kill("SIGKILL");
  await end;
}

/** Only what services and their children may see of the caller's environment. */
function nodeEnvironment(): NodeJS.ProcessEnv {
  const kept = ["SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "TZ"];
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/root",
    ...Object.fromEntries(kept.filter((key) => process.env[key]).map((key) => [key, process.env[key]])),
  };
}

async function writeNode(layout: Layout, parts: NodeParts): Promise<void> {
  await Promise.all([layout.run, layout.config].map((folder) => rm(folder, { recursive: true, force: true })));
  const folders = [layout.services, layout.config, layout.logs, layout.podLogs, layout.codeVolume, layout.registry];
  for (const folder of folders) await mkdir(folder, { recursive: true });
  await mkdir(layout.etcd, { recursive: true, mode: 0o700 });
  await chown(layout.codeVolume, 65532, 65532);
  const write = async (path: string, text: string, mode = 0o644) => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { mode });
  };
  for (const [file, text] of Object.entries(configFiles(layout, parts.network, parts.pauseImage)))
    await write(join(layout.config, file), text);
  const init = nodeInit(layout, parts.network, await hostNameservers(), parts.binary("network-policies"));
  await write(join(layout.config, "init"), init, 0o755);
  for (const service of servicesOf(layout, parts.network, parts.binary)) {
    await write(join(layout.services, service.name, "run"), runScript(service), 0o755);
    await write(join(layout.services, service.name, "log", "run"), logScript(join(layout.logs, service.name)), 0o755);
  }
}

/** systemd-resolved answers on loopback alone; the servers that it asks are in a file of its own. */
async function hostNameservers(): Promise<string[]> {
  for (const file of ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"]) {
    const servers = reachableNameservers(await readFile(file, "utf8").catch(() => ""));
    if (servers.length > 0) return servers;
  }
  return [];
}

/** Ends the node and everything that belongs to it on the host; does nothing where nothing is left. */
export async function endNode(layout: Layout, network: Network | undefined): Promise<void> {
  const running = nodeProcess(layout);
  if (running) {
    const parent = parentOf(running.pid);
    process.kill(running.pid, "SIGKILL");
    await waitUntil("the node's end", 30_000, () => (startOf(running.pid) !== running.started ? true : undefined));
    // unshare(1), its parent, reaps it and ends.
    if (parent !== undefined && parent > 1)
      await waitUntil("the end of the node's parent", 10_000, () => (parentIsUnshare(parent) ? undefined : true));
  }
  await removeFromHost(layout.name, network);
  await removeCgroups(layout.name);
  await rm(layout.run, { recursive: true, force: true });
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return undefined;
  }
}

function parentIsUnshare(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "unshare";
  } catch {
    return false;
  }
}

/** The host's process ids of the node's processes, by the ids that they have inside. */
export function hostPids(node: NodeProcess): Map<number, number> {
  const inside = new Map<number, number>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const id = /^NSpid:\s*\d+\s+(\d+)/m.exec(readFileSync(`/proc/${entry}/status`, "utf8"))?.[1];
      if (id !== undefined && belongsTo(entry, node)) inside.set(Number(id), Number(entry));
    } catch {
      // It ended while it was looked at.
    }
  }
  return inside;
}

/** Pods have PID namespaces below the node's; their processes count too, by the id that the node gives them. */
function belongsTo(pid: string, node: NodeProcess): boolean {
  for (let at: number | undefined = Number(pid); at !== undefined && at > 1; at = parentOf(at))
    if (at === node.pid) return true;
  return false;
}
