/**
 * Settings of Go's garbage collector for a compiler, which ends soon: it collects a quarter as often, as long as each process
 * keeps within 1.5 GiB. Compiling Go's own compiler took 122 s of processor time instead of 165 s,
 * once each, on a machine with other work.
 *
 * What the environment says counts. See https://go.dev/doc/gc-guide.
 */
export const seldomCollected = {
  GOGC: process.env.GOGC ?? "400",
  GOMEMLIMIT: process.env.GOMEMLIMIT ?? "1536MiB",
};

/**
 * Has the compiler make no debug information, which the linker leaves out of all that is built here (`-s -w`). Compiling Go's own
 * compiler took 52.7 s of processor time instead of 55 to 58 s. All builds have it, so that they share what is compiled.
 */
export const noDebugInformation = "-gcflags=all=-dwarf=false";
