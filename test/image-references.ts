/** Every text in a value, whatever its key, that looks like an image's reference: with a digest, or a host, a path and a tag. */
export function imagesIn(value: unknown): string[] {
  const found = new Set<string>();
  const look = (inner: unknown): void => {
    if (typeof inner === "string") {
      if (/^\S+@sha256:[0-9a-f]{64}$|^([\w.-]+(:\d+)?\/)?[\w.-]+(\/[\w.-]+)*:[\w.-]*\d[\w.-]*$/.test(inner)) {
        if (!/^\d|^[\w.-]+:\d+$/.test(inner)) found.add(inner);
      }
    } else if (typeof inner === "object" && inner !== null) Object.values(inner).forEach(look);
  };
  look(value);
  return [...found].sort();
}
