import assert from "node:assert/strict";
import { execa } from "execa";
import { packZip, sha256 } from "../../archive/zip.ts";
import { node } from "./support/node.ts";
import { putArchive, python, RuntimeProcess } from "./support/runtime.ts";
import { shared } from "./support/setup.ts";

describe("third-party packages", () => {
  let version: string;
  let code: string;
  before(async () => {
    const script = "import sys; print(sys.version_info.minor)";
    version = (await execa(shared().python.python, ["-c", script])).stdout;
    const main = "import greeting, shadow\n\ndef handler(event):\n    return [greeting.word, shadow.whose]\n";
    code = await putArchive(
      await packZip([
        { path: "main.py", content: Buffer.from(main) },
        { path: "shadow.py", content: Buffer.from('whose = "the function"\n') },
      ]),
    );
  });

  async function packages(python3: string): Promise<string> {
    const zip = await packZip([
      { path: "greeting/__init__.py", content: Buffer.from('word = "hello"\n') },
      { path: "shadow.py", content: Buffer.from('whose = "a package"\n') },
    ]);
    const object = `dependencies/python3${python3}-${sha256(zip)}.zip`;
    await shared().fileServer.put(object, zip);
    return object;
  }

  it("are there for the function, whose own modules come first", async () => {
    const env = { KNFLOW_DEPENDENCIES: await packages(version) };
    const runtime = await RuntimeProcess.start(python, code, { env });
    assert.deepEqual((await runtime.call({})).json, ["hello", "the function"]);
    await runtime.stop();
  });

  it("for another Python are refused, with the setting that mends it", async () => {
    const runtime = await RuntimeProcess.launch(python, code, { env: { KNFLOW_DEPENDENCIES: await packages("99") } });
    assert.equal(await runtime.ended(), 1);
    assert.match(
      await runtime.terminationMessage(),
      /^SettingsError: the packages are those for Python 3\.99, but this is 3\.\d+: set knflow:pythonVersion to "3\.\d+"$/,
    );
    await runtime.stop();
  });

  it("are there for a function of the Node.js runtime too", async () => {
    const main = 'import { word } from "greeting";\nexport const handler = () => [word];\n';
    const object = await putArchive(await packZip([{ path: "main.ts", content: Buffer.from(main) }]));
    const description = JSON.stringify({ name: "greeting", version: "1.0.0", type: "module", main: "index.js" });
    const zip = await packZip([
      { path: "greeting/index.js", content: Buffer.from('export const word = "hello";\n') },
      { path: "greeting/package.json", content: Buffer.from(description) },
    ]);
    const dependencies = `dependencies/node-${sha256(zip)}.zip`;
    await shared().fileServer.put(dependencies, zip);
    const runtime = await RuntimeProcess.start(node, object, { env: { KNFLOW_DEPENDENCIES: dependencies } });
    assert.deepEqual((await runtime.call({})).json, ["hello"]);
    await runtime.stop();
  });

  it("with another content than their name says are refused", async () => {
    const object = `dependencies/python3${version}-${"0".repeat(64)}.zip`;
    await shared().fileServer.put(object, await packZip([{ path: "a.py", content: Buffer.from("") }]));
    const runtime = await RuntimeProcess.launch(python, code, { env: { KNFLOW_DEPENDENCIES: object } });
    assert.equal(await runtime.ended(), 1);
    assert.match(await runtime.terminationMessage(), /^ChecksumError: /);
    await runtime.stop();
  });
});
