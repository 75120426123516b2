/**
 * Rendezvous hashing (highest random weight; Thaler and Ravishankar 1998): each key ranks all regions by a hash of both, and
 * the first owns it. All who know the same names agree, without a table. A region that is added takes its part of the keys,
 * and one that goes gives its part to the others; no other key moves.
 *
 * The weight is FNV-1a (32 bits) of the UTF-8 bytes of region, a zero byte, and key, mixed by Murmur3's finalizer; equal
 * weights go by the name. Another language can compute the same.
 */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

export function weightOf(region: string, key: string): number {
  let hash = FNV_OFFSET;
  for (const byte of Buffer.from(`${region}\0${key}`, "utf8")) hash = Math.imul(hash ^ byte, FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** All the regions, the owner first, then who would own the key without it, and so on. */
export function rankedRegions(regions: readonly string[], key: string): string[] {
  const weighed = regions.map((region) => ({ region, weight: weightOf(region, key) }));
  weighed.sort((one, other) => other.weight - one.weight || (one.region < other.region ? -1 : 1));
  return weighed.map(({ region }) => region);
}

/** Whose key it is. */
export function ownerOf(regions: readonly string[], key: string): string {
  const [owner] = rankedRegions(regions, key);
  if (owner === undefined) throw new RangeError("a key needs at least one region to own it");
  return owner;
}
