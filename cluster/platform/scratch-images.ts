import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Step } from "../../console/progress.ts";
import { noDebugInformation, seldomCollected } from "../toolchain/go-environment.ts";
import { asNodeNames, packLayer, pushImage, type Workplace } from "./image.ts";
import { fetching } from "./program.ts";

/** Images that hold a static binary alone, or nothing but what one expects around it. */
export async function scratchImages(
  place: Workplace,
  coredns: string,
  step: Step,
): Promise<{ pause: string; coredns: string; static: string }> {
  const base = await pushImage(place, {
    name: "static",
    layer: await packLayer(await staticTree(place), tar(place, "static")),
    // By number: Kubernetes refuses "runAsNonRoot" for a name, and for an image that says nothing.
    user: "65532:65532",
  });
  const pause = join(place.work, "pause");
  await mkdir(pause);
  await fetching(step, "go", "go", ["build", "-trimpath", "-ldflags", "-s -w", "-o", join(pause, "pause"), "."], {
    cwd: join(import.meta.dirname, "go", "pause"),
    env: { CGO_ENABLED: "0", GOFLAGS: noDebugInformation, GOTOOLCHAIN: "auto", ...seldomCollected },
  });
  const dns = join(place.work, "coredns");
  await mkdir(dns);
  await copyFile(coredns, join(dns, "coredns"));
  await chmod(join(dns, "coredns"), 0o755);
  const images = {
    static: base,
    pause: await pushImage(place, {
      name: "pause",
      layer: await packLayer(pause, tar(place, "pause")),
      entrypoint: ["/pause"],
    }),
    coredns: await pushImage(place, {
      name: "coredns",
      base,
      layer: await packLayer(dns, tar(place, "coredns")),
      entrypoint: ["/coredns"],
    }),
  };
  return {
    static: asNodeNames(place, images.static),
    pause: asNodeNames(place, images.pause),
    coredns: asNodeNames(place, images.coredns),
  };
}

function tar(place: Workplace, name: string): string {
  return join(place.work, `${name}.tar`);
}

/** What static Go programs look for: CA certificates, a user without rights, a place for temporary files. */
async function staticTree(place: Workplace): Promise<string> {
  const tree = join(place.work, "static");
  for (const folder of ["etc/ssl/certs", "home/nonroot", "tmp"]) await mkdir(join(tree, folder), { recursive: true });
  await chmod(join(tree, "tmp"), 0o1777);
  await copyFile("/etc/ssl/certs/ca-certificates.crt", join(tree, "etc/ssl/certs/ca-certificates.crt"));
  await writeFile(
    join(tree, "etc/passwd"),
    "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
  );
  await writeFile(join(tree, "etc/group"), "root:x:0:\nnonroot:x:65532:\n");
  return tree;
}
