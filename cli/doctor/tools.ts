import { realpathSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { foundPlugin, foundTool, ownPulumiHome, userPulumiHome } from "../../cluster/toolchain/found.ts";
import { builtTool } from "../../cluster/toolchain/go-build.ts";
import { clientTools } from "../../cluster/toolchain/index.ts";
import { toolOf, type Tool } from "../../cluster/toolchain/tools.ts";
import { UserError } from "../../console/errors.ts";
import { displayPath } from "../../console/plain-text.ts";
import { findPython } from "../../dependencies/pip.ts";
import type { Finding } from "./finding.ts";

/** The folder of a tool that is there; nothing is built or downloaded for the question. */
export async function presentTool(tool: Tool): Promise<string | undefined> {
  if (tool.plugin !== undefined) return foundPlugin(tool, userPulumiHome()) ?? foundPlugin(tool, ownPulumiHome());
  return (await foundTool(tool)) ?? (await builtTool(tool));
}

/** Node.js and Python, and the tools that deploying needs. */
export async function toolFindings(): Promise<Finding[]> {
  const found = await Promise.all(
    clientTools.map(toolOf).map(async (tool) => toolFinding(tool, await presentTool(tool))),
  );
  const node = `${process.version}, ${displayPath(process.execPath)}`;
  return [{ area: "tools", name: "node", state: "ok", seen: node }, await pythonFinding(), ...found];
}

/** A warning where it is missing: functions in Python run here by `run` and `dev`, and their packages are installed by it. */
export async function pythonFinding(): Promise<Finding> {
  const finding = { area: "tools", name: "python" } as const;
  let python: string;
  try {
    python = await findPython();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const [seen = "", fix = "name another one"] = error.message.split("; ");
    return { ...finding, state: "warning", seen, fix };
  }
  // Debian's Python comes without what makes virtual environments.
  const script = "import ensurepip, platform, venv; print(platform.python_version())";
  const { stdout, failed } = await execa(python, ["-c", script], { reject: false });
  const path = displayPath(python);
  if (!failed) return { ...finding, state: "ok", seen: `${stdout}, ${path}` };
  const fix = "install it (on Debian: apt-get install python3-venv): packages of functions are installed by it";
  return { ...finding, state: "warning", seen: `${path}, without venv`, fix };
}

function toolFinding(tool: Tool, folder: string | undefined): Finding {
  const { name, version, minutes } = tool;
  const finding = { area: "tools", name } as const;
  if (folder === undefined) {
    return {
      ...finding,
      state: "warning",
      seen: "is not there yet",
      fix: `"npx knflow env --stack <stack>" provides it; a build of ${version} takes about ${minutes} min, once`,
    };
  }
  const file = realpathSync(join(folder, name));
  // A tool of the user's own may be of another version that fits.
  const own = tool.plugin === undefined && !file.includes(`${name}-${version}`) ? "the user's own" : version;
  return { ...finding, state: "ok", seen: `${own}, ${displayPath(file)}` };
}
