/** The digits of a digest by which people tell it from others. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 12);
}
