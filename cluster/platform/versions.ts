/** Pinned versions of what the platform is made from; those of Go modules are in `go/<module>/go.mod`. */
export const platformVersions = {
  debian: "bookworm",
  /** Of Debian's. */
  postgres: "15",
  npm: "11.21.2",
  envoy: "1.40.0",
} as const;
