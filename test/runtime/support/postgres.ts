import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chown, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import pg from "pg";
import { freePort } from "./ports.ts";
import { waitFor } from "./wait.ts";

const binaries = "/usr/lib/postgresql/15/bin";
/** PostgreSQL refuses to run as root; this is Debian's nobody. */
const user = 65534;

/** A real PostgreSQL server on loopback, with nothing in it. */
export class PostgresServer {
  readonly url: string;
  readonly #folder: string;
  readonly #port: number;
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
    this.url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  }

  static async start(folder: string): Promise<PostgresServer> {
    await mkdir(folder, { recursive: true });
    await chown(folder, user, user);
    const data = join(folder, "data");
    const options = { uid: user, gid: user, cwd: folder };
    const flags = ["--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"];
    await execa(join(binaries, "initdb"), ["--pgdata", data, ...flags], options);
    const server = new PostgresServer(data, await freePort());
    await server.resume();
    return server;
  }

  /** Starts it, or starts it again after `stop`. */
  async resume(): Promise<void> {
    const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"];
    const child = spawn(
      join(binaries, "postgres"),
      ["-D", this.#folder, "-p", String(this.#port), ...settings.flatMap((setting) => ["-c", setting])],
      { uid: user, gid: user, cwd: this.#folder, stdio: "ignore" },
    );
    this.#process = child;
    await waitFor("PostgreSQL", async () => {
      if (child.exitCode !== null) throw new Error(`PostgreSQL ended with ${child.exitCode}`);
      const client = new pg.Client({ connectionString: this.url });
      client.on("error", () => undefined);
      return client.connect().then(
        async () => (await client.end(), true),
        () => undefined,
      );
    });
  }

  /** Ends it at once, and with it every connection. */
  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null) return;
    child.kill("SIGINT");
    await once(child, "exit");
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(join(this.#folder, ".."), { recursive: true, force: true });
  }
}
