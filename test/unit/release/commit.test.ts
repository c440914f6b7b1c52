import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { UserError } from "../../../console/errors.ts";
import { checkOut, headCommit, uncommitted } from "../../../release/commit.ts";

describe("the commit of a release", () => {
  let folder: string, repository: string, project: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "knflow-commit-"));
    repository = join(folder, "a repository");
    // A project need not be the whole repository.
    project = join(repository, "deploy");
    await write("functions/orders/workflow.yaml", "one");
    await write("functions/orders/pay/main.py", "one");
    await write("other.txt", "one");
    await git("init", "--quiet");
    await commit();
  });
  afterEach(() => rm(folder, { recursive: true }));

  const write = async (file: string, text: string) => {
    await mkdir(dirname(join(project, file)), { recursive: true });
    await writeFile(join(project, file), text);
  };
  const git = async (...args: string[]) => execa("git", args, { cwd: repository });
  const commit = async () => {
    await git("add", "--all");
    await git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "--message", "a change");
    return headCommit(project);
  };

  it("gives its folder whatever the working tree has, and leaves that and the index alone", async () => {
    const first = await headCommit(project);
    await write("functions/orders/pay/main.py", "two");
    await write("functions/orders/refund/main.py", "new");
    await git("add", "deploy/functions/orders/refund");
    const target = join(folder, "out");
    const found = await checkOut(project, first, "functions", target);
    assert.equal(await readFile(join(found, "orders/pay/main.py"), "utf8"), "one");
    assert.deepEqual((await readdir(join(found, "orders"))).sort(), ["pay", "workflow.yaml"]);
    assert.deepEqual(await readdir(join(found, "..")), ["functions"]);
    assert.deepEqual(await uncommitted(project, "functions"), [
      "deploy/functions/orders/pay/main.py",
      "deploy/functions/orders/refund/main.py",
    ]);
    assert.equal(await readFile(join(project, "functions/orders/pay/main.py"), "utf8"), "two");
  });

  it("takes the place of the one before in the same folder, and is not taken out twice", async () => {
    const first = await headCommit(project);
    await write("functions/orders/pay/main.py", "two");
    await rm(join(project, "functions/orders/workflow.yaml"));
    const second = await commit();
    const target = join(folder, "out");
    const of = async (id: string) => {
      const found = await checkOut(project, id, "functions", target);
      return {
        found,
        main: await readFile(join(found, "orders/pay/main.py"), "utf8"),
        files: await readdir(join(found, "orders")),
      };
    };
    const [one, two] = [await of(first), await of(second)];
    assert.deepEqual([one.main, two.main, one.found], ["one", "two", two.found]);
    assert.deepEqual(two.files, ["pay"]);
    await writeFile(join(two.found, "mark"), "");
    await of(second);
    assert.ok((await readdir(two.found)).includes("mark"));
    assert.deepEqual(await readdir(folder), ["a repository", "out"]);
  });

  it("is refused where it is not there, or has no such folder", async () => {
    const id = "0123456789".repeat(4);
    await assert.rejects(checkOut(project, id, "functions", join(folder, "out")), (error: Error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, new RegExp(`does not have commit ${id}; fetch it by "git fetch origin ${id}"`));
      return true;
    });
    const head = await headCommit(project);
    await assert.rejects(checkOut(project, head, "code", join(folder, "out")), {
      message: `commit ${head} has no folder code`,
    });
  });

  it("needs a git repository", async () => {
    await rm(join(repository, ".git"), { recursive: true });
    await assert.rejects(
      headCommit(project),
      /releases are made of git commits, and git says: .*not a git repository/s,
    );
  });
});
