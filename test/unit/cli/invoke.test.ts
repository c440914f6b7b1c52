import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { execa, type Options } from "execa";
import { Clone } from "./clone.ts";

/** Runs the command as users do, against a real HTTP server as gateway and a pulumi that only tells outputs. */
describe("knflow invoke", function () {
  this.timeout(90_000);
  let clone: Clone;
  let gateway: Server;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;

  before(async () => {
    clone = new Clone();
    gateway = createServer((request, response) => answer(request, response)).listen(0, "127.0.0.1");
    await once(gateway, "listening");
    tellOutputs();
  });
  after(() => {
    gateway.closeAllConnections();
    gateway.close();
    clone.remove();
  });

  function tellOutputs(gatewayUrl = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`) {
    const service = (host: string) => ({ url: `http://${host}`, host, digest: "sha256:0" });
    const split = {
      ...service("wordcount-split.knflow.test"),
      revision: "wordcount-split-00001",
      image: "python@sha256:0",
    };
    const workflows = { wordcount: { ...service("wordcount.knflow.test"), functions: { split } } };
    clone.pulumi(`echo '${JSON.stringify({ gatewayUrl, namespace: "knflow-dev", workflows })}'`);
  }

  function knflow(args: string[], options: Options = {}) {
    return execa(process.execPath, [join(clone.root, "cli", "knflow.js"), ...args], {
      env: clone.environment,
      cwd: clone.folder,
      reject: false,
      stripFinalNewline: false,
      ...options,
    });
  }

  const reply = (status: number, body: string | Buffer) => (request: IncomingMessage, response: ServerResponse) => {
    request.resume().on("end", () => response.writeHead(status).end(body));
  };

  it("posts the data to the workflow's host and writes the reply alone to standard output", async () => {
    let seen: unknown;
    answer = (request, response) => {
      void text(request).then((body) => {
        seen = { method: request.method, host: request.headers.host, type: request.headers["content-type"], body };
        response.end('{"total": 6}');
      });
    };
    const { stdout, stderr, exitCode } = await knflow(["invoke", "wordcount", "--data", '{"text": "to be"}']);
    assert.deepEqual({ stdout, stderr, exitCode }, { stdout: '{"total": 6}', stderr: "", exitCode: 0 });
    assert.deepEqual(seen, {
      method: "POST",
      host: "wordcount.knflow.test",
      type: "application/json",
      body: '{"text": "to be"}',
    });
  });

  it("calls one function, with an empty object where no data is given", async () => {
    answer = (request, response) => {
      void text(request).then((body) => response.end(`${request.headers.host} ${body}`));
    };
    assert.equal((await knflow(["invoke", "wordcount/split"])).stdout, "wordcount-split.knflow.test {}");
  });

  it("takes --json as other commands do: the reply is JSON with and without it", async () => {
    answer = reply(200, '{"total": 6}');
    const { stdout, stderr } = await knflow(["invoke", "wordcount", "--json"]);
    assert.deepEqual([stdout, stderr], ['{"total": 6}', ""]);
  });

  it("passes large data and replies on byte for byte, from a file and from standard input", async () => {
    answer = (request, response) => void request.pipe(response);
    const large = Buffer.from(JSON.stringify({ text: "häufig ".repeat(700_000) }));
    writeFileSync(join(clone.folder, "input.json"), large);
    const fromFile = await knflow(["invoke", "wordcount", "--data", "@input.json"], { encoding: "buffer" });
    assert.ok(large.equals(fromFile.stdout as unknown as Buffer));
    const fromInput = await knflow(["invoke", "wordcount", "--data", "@-"], { encoding: "buffer", input: large });
    assert.ok(large.equals(fromInput.stdout as unknown as Buffer));
  });

  it("writes a structured error as it is to standard error, and exits with 1", async () => {
    const problem = { error: { type: "HandlerError", message: "'text'", id: "run-1" } };
    answer = reply(500, JSON.stringify(problem));
    const { stdout, stderr, exitCode } = await knflow(["invoke", "wordcount"]);
    assert.deepEqual([stdout, exitCode], ["", 1]);
    assert.deepEqual(JSON.parse(String(stderr)), problem);
  });

  it("says on a terminal where the logs of a failed run are", async () => {
    answer = (request, response) => {
      request.resume().on("end", () => response.writeHead(500, { "x-knflow-run-id": "run-1" }).end('{"detail": "no"}'));
    };
    const command = `'${process.execPath}' '${join(clone.root, "cli/knflow.js")}' invoke wordcount`;
    const { stdout } = await execa("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
      env: clone.environment,
      cwd: clone.folder,
      reject: false,
    });
    assert.match(stdout, /"detail": "no"\s+\}\s+hint: "npx knflow logs wordcount --run run-1 --stack dev" shows/);
  });

  it("says what a gateway answered that knows no such service", async () => {
    answer = reply(404, "");
    const { stdout, stderr, exitCode } = await knflow(["invoke", "wordcount"]);
    assert.deepEqual([stdout, exitCode], ["", 1]);
    assert.match(
      String(stderr),
      /^error: wordcount answered 404 Not Found\. The gateway does not know the host wordcount\.knflow\.test/,
    );
  });

  it("takes a redirect for no reply, and says where it leads", async () => {
    answer = (request, response) => {
      const location = "https://functions.example.com/";
      request.resume().on("end", () => response.writeHead(301, { location }).end());
    };
    const { stdout, stderr, exitCode } = await knflow(["invoke", "wordcount"]);
    assert.deepEqual([stdout, exitCode], ["", 1]);
    assert.match(
      String(stderr),
      /^error: wordcount answered 301 Moved Permanently, a redirect to https:\/\/functions\.example\.com\/.*knflow:gatewayUrl/,
    );
  });

  it("says where nobody answers", async () => {
    tellOutputs("http://127.0.0.1:9");
    const { stdout, stderr, exitCode } = await knflow(["invoke", "wordcount"]);
    tellOutputs();
    assert.deepEqual([stdout, exitCode], ["", 1]);
    assert.match(
      String(stderr),
      /^error: no answer from wordcount at http:\/\/127\.0\.0\.1:9: .*ECONNREFUSED[^"]*set knflow:gatewayUrl/,
    );
  });

  it("ends at the timeout, whether no reply begins or none ends", async () => {
    answer = () => undefined;
    const silent = await knflow(["invoke", "wordcount", "--timeout", "0.3"]);
    assert.equal(silent.exitCode, 1);
    assert.match(
      String(silent.stderr),
      /^error: no answer from wordcount .* in time; --timeout <seconds> gives it more/,
    );
    answer = (_request, response) => void response.write("[1,");
    const endless = await knflow(["invoke", "wordcount", "--timeout", "0.5"]);
    assert.deepEqual([endless.stdout, endless.exitCode], ["[1,", 1]);
    assert.match(
      String(endless.stderr),
      /^error: the reply of wordcount broke off: it took longer than --timeout allows/,
    );
  });

  it("fails where the reply breaks off", async () => {
    answer = (_request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("[1,", () => response.destroy());
    };
    const { stderr, exitCode } = await knflow(["invoke", "wordcount"]);
    assert.equal(exitCode, 1);
    assert.match(String(stderr), /^error: the reply of wordcount broke off: /);
  });

  it("names the workflows there are where one is unknown", async () => {
    const { stderr, exitCode } = await knflow(["invoke", "wordcuont"]);
    assert.deepEqual(
      [stderr, exitCode],
      ['error: there is no workflow "wordcuont"; there is: wordcount; did you mean "wordcount"?\n', 1],
    );
  });

  it("passes on what pulumi says where the stack is not there", async () => {
    clone.pulumi(`echo "error: no stack named 'nope' found" >&2; exit 255`);
    const { stderr, exitCode } = await knflow(["invoke", "wordcount", "--stack", "nope"]);
    tellOutputs();
    assert.deepEqual(
      [stderr, exitCode],
      ["error: the outputs of stack nope cannot be read: no stack named 'nope' found\n", 1],
    );
  });

  it("says that a stack was not deployed yet", async () => {
    clone.pulumi("echo '{}'");
    const { stderr, exitCode } = await knflow(["invoke", "wordcount"]);
    tellOutputs();
    assert.equal(exitCode, 1);
    assert.match(
      String(stderr),
      /^error: stack dev does not have the outputs .*gatewayUrl.*"pulumi up --stack dev" deploys it\n$/,
    );
  });

  const wrong: [string[], RegExp][] = [
    [["invoke"], /missing required argument/],
    [["invoke", "wordcount", "--data", "{"], /--data.*not JSON.*@<file>, or @- for standard input/s],
    [["invoke", "wordcount", "--timeout", "soon"], /--timeout.*number of seconds/],
    [["invoke", "wordcount", "--what"], /unknown option '--what'/],
    [
      ["traffic", "wordcount", "--reset", "latest=100"],
      /--reset sends everything to the latest Revision; leave the shares/,
    ],
    [["deploy"], /unknown command 'deploy'/],
    [["cluster", "restart"], /unknown command 'restart'/],
    [[], /Usage: knflow/],
  ];
  for (const [args, message] of wrong) {
    it(`knflow ${args.join(" ")}: exits with 2, with the error on standard error`, async () => {
      const { stdout, stderr, exitCode } = await knflow(args);
      assert.deepEqual([stdout, exitCode], ["", 2]);
      assert.match(String(stderr), message);
      assert.doesNotMatch(String(stderr), /^ +at /m);
    });
  }

  for (const args of [
    ["--help"],
    ["help", "invoke"],
    ["invoke", "--help"],
    ["cluster", "up", "--help"],
    ["env", "-h"],
    ["start", "--help"],
  ]) {
    it(`knflow ${args.join(" ")}: exits with 0, with help on standard output`, async () => {
      const { stdout, stderr, exitCode } = await knflow(args);
      assert.deepEqual([stderr, exitCode], ["", 0]);
      assert.match(String(stdout), /^Usage: knflow/);
    });
  }

  it("leaves no log folder behind where there was nothing to tell", () => {
    assert.deepEqual(readdirSync(join(clone.state, "knflow", "logs")), []);
  });

  it("ends quietly where the reader has seen enough", async () => {
    answer = reply(200, Buffer.alloc(5_000_000, "x"));
    const command = `"${process.execPath}" "${join(clone.root, "cli/knflow.js")}" invoke wordcount | head -c 3`;
    const { stdout, stderr } = await execa("/bin/sh", ["-c", command], { env: clone.environment });
    assert.deepEqual([stdout, stderr], ["xxx", ""]);
  });

  it("writes the same bytes where standard output is a file", async () => {
    answer = reply(200, "[1]");
    const { exitCode } = await knflow(["invoke", "wordcount"], { stdout: { file: join(clone.folder, "reply.json") } });
    assert.equal(exitCode, 0);
    assert.equal(readFileSync(join(clone.folder, "reply.json"), "utf8"), "[1]");
  });
});
