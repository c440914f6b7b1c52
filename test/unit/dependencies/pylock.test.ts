import assert from "node:assert/strict";
import { isPylock, requirementsOf } from "../../../dependencies/pylock.ts";

const [a, b] = ["a".repeat(64), "b".repeat(64)];

/** As `pip lock`, `uv export --format pylock.toml` and others write it. */
const lock = `
lock-version = "1.0"
created-by = "pip"

[[packages]]
name = "six"
version = "1.17.0"

[[packages.wheels]]
name = "six-1.17.0-py2.py3-none-any.whl"
url = "https://index.example.com/six-1.17.0-py2.py3-none-any.whl"
hashes = { sha256 = "${a}" }

[[packages]]
name = "colorama"
version = "0.4.6"
marker = "sys_platform == 'win32'"
sdist = { name = "colorama-0.4.6.tar.gz", hashes = { sha256 = "${b}" } }
`;

describe("pylock.toml", () => {
  it("is told by its name", () => {
    assert.deepEqual(
      ["pylock.toml", "a/pylock.dev.toml", "requirements.txt", "mypylock.toml", "pylock.a.b.toml"].map(isPylock),
      [true, true, false, false, false],
    );
  });

  it("gives requirements with versions, markers and hashes, and no addresses", () => {
    assert.equal(
      requirementsOf(lock, "pylock.toml"),
      `six==1.17.0 --hash=sha256:${a}\ncolorama==0.4.6 ; sys_platform == 'win32' --hash=sha256:${b}`,
    );
  });

  it("gives markers of extras and dependency groups in words that pip knows: none, and the file's default ones", () => {
    const marker = (text: string) => `
lock-version = "1.0"
default-groups = ["default"]
packages = [{ name = "a", version = "1", marker = "${text}", sdist = { hashes = { sha256 = "${a}" } } }]
`;
    const markerOf = (text: string) => / ; (.*) --hash/.exec(requirementsOf(marker(text), "pylock.toml"))?.[1];
    assert.equal(markerOf("'default' in dependency_groups"), 'python_version >= "3"');
    assert.equal(markerOf("'default' not in dependency_groups"), 'python_version < "3"');
    assert.equal(
      markerOf("('dev' in dependency_groups or 'x' in extras) and os_name == 'posix'"),
      `(python_version < "3" or python_version < "3") and os_name == 'posix'`,
    );
  });

  for (const [what, text, message] of [
    ["no TOML", "a = [", /x\/pylock\.toml is no TOML/],
    ["another version", 'lock-version = "2.0"', /lock-version "2\.0"; knflow reads 1\.x/],
    ["no packages", 'lock-version = "1.0"', /has no packages/],
    [
      "a package of a repository",
      `${lock}\n[[packages]]\nname = "mine"\nvcs = { type = "git" }`,
      /mine comes from a repository/,
    ],
    ["a package without a hash", `${lock}\n[[packages]]\nname = "bare"\nversion = "1"`, /bare has no sha256/],
  ] as const) {
    it(`is refused where it has ${what}`, () => {
      assert.throws(() => requirementsOf(text, "x/pylock.toml"), message);
    });
  }
});
