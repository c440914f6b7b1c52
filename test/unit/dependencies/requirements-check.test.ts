import assert from "node:assert/strict";
import { checkRequirements } from "../../../dependencies/requirements-check.ts";

describe("a requirements file", () => {
  it("may name releases, wheels, other files and where packages come from", () => {
    const lines = [
      "# -*- coding: utf-8 -*-",
      "pillow==12.3.0 \\",
      "    --hash=sha256:00 \\",
      "    --hash=sha256:01",
      "requests[socks,use_chardet_on_py3] >= 2.8.1, == 2.8.* ; python_version < '3.12' and extra == 'a/b'  # why",
      "a",
      "b (~=1.0)",
      "c @ https://example.org/c-1.0-py3-none-any.whl#sha256=00 ; sys_platform == 'linux'",
      "https://example.org/d-1.0-py3-none-any.whl",
      "-r base.txt",
      "-c../constraints.txt",
      "--requirement=base.txt",
      "--index-url https://${USER_NAME}:${TOKEN}@example.org/simple",
      "--extra-index-url=https://example.org/simple",
      "-f ./wheels",
      "--only-binary :all:",
      "--require-hashes",
      "",
    ];
    checkRequirements(lines.join("\n"), "requirements.txt");
    checkRequirements(`\uFEFF${lines.slice(5).join("\r\n")}`.slice(1), "requirements.txt");
  });

  for (const line of [
    "-e .",
    "-e.",
    "--editable=./lib",
    "--edit ./lib",
    ".",
    "./lib",
    "../lib[extra]",
    "/srv/lib",
    "lib/",
    "lib.tar.gz",
    "lib.zip[extra]",
    "lib-1.0-py3-none-any.whl",
    "lib==1.zip",
    "lib==1/2",
    "file:///srv/lib",
    "lib @ file:///srv/lib-1.0-py3-none-any.whl",
    "git+https://example.org/lib.git",
    "lib @ git+ssh://git@example.org/lib.git@v1#egg=lib.whl",
    "https://example.org/lib-1.0.tar.gz",
    "lib @ https://example.org/lib-1.0.tar.gz?x=.whl",
    "lib @ https://example.org/lib-1.0.tar.gz#x.whl",
    "lib @ https://${HOST}/lib.whl",
    "${LIB}",
    "-r https://example.org/requirements.txt",
    "-r ${FILE}",
    "-r base.txt -e .",
    "--no-binary :all:",
    "--no-b :all:",
    "--only-binary :none:",
    "--pre --no-binary=lib",
    "--index-url https://example.org --no-binary lib",
    "lib==1\u2028-e .",
    "lib==1\f./lib",
    "--edi\\\ntable .",
  ]) {
    it(`may not have ${JSON.stringify(line)}`, () => {
      assert.throws(() => checkRequirements(`a==1\n${line}\n`, "requirements.txt"), {
        name: "UserError",
        message: /^requirements\.txt:[23]: "[^\n]+" is .*(; name a release of an index|one a line)/,
      });
    });
  }

  it("may not be read in another way than it is checked", () => {
    assert.throws(
      () => checkRequirements("#!x\n# -*- coding: utf-7 -*-\na==1+AAo--e .\n", "requirements.txt"),
      /^UserError: requirements\.txt:2: has another encoding; save it as UTF-8$/,
    );
  });
});
