import { existsSync } from "node:fs";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Makes the scripts that pip generates into `bin` the same on every machine: they begin with the path of the interpreter that
 * pip ran in, and packages' RECORD files hold a hash of that.
 *
 * @param folder what pip installed to by --target
 */
export async function makeScriptsPortable(folder: string): Promise<void> {
  const scripts = join(folder, "bin");
  if (!existsSync(scripts)) return;
  for (const name of await readdir(scripts)) {
    const file = join(scripts, name);
    const bytes = await readFile(file);
    const end = bytes.indexOf("\n");
    if (!/^#!.*python/.test(bytes.toString("latin1", 0, end))) continue;
    await writeFile(file, Buffer.concat([Buffer.from("#!/usr/bin/env python3"), bytes.subarray(end)]));
  }
  for (const info of (await readdir(folder)).filter((name) => name.endsWith(".dist-info"))) {
    const record = join(folder, info, "RECORD");
    if (!existsSync(record)) continue;
    const text = await readFile(record, "utf8");
    await writeFile(record, text.replace(/^(\.\.\/\.\.\/bin\/[^,]*),.*$/gm, "$1,,"));
  }
}
