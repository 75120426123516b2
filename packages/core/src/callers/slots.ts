/**
 * Hash slots and their roots, for deployments in which every slot is a partition of its own (Redis Cluster): everything
 * about a key lies in the key's slot, so the root of a slot is `mer:{tag}` with a tag of that slot.
 *
 * The tag is the smallest number, in decimal, that hashes to the slot: every caller in any language finds the same one.
 * https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model
 */
export const SLOTS = 16_384;

/** Of the slot whose tag is 0. What concerns a whole region, not one key, is kept there; where there is one partition it is this one. */
export const CONTROL_ROOT = "mer:{0}";

const OPENING = "{".charCodeAt(0);
const CLOSING = "}".charCodeAt(0);

/**
 * The slot of a key, or of the tag in its first braces; bytes as they are, a text as UTF-8. (The package cluster-key-slot
 * takes `{bar}` for the tag of `foo{}{bar}`, where Redis hashes all of it.)
 */
export function slotOfKey(key: string | Uint8Array): number {
  const bytes = typeof key === "string" ? Buffer.from(key) : key;
  const opening = bytes.indexOf(OPENING);
  const closing = opening < 0 ? -1 : bytes.indexOf(CLOSING, opening + 1);
  const [begin, end] = closing > opening + 1 ? [opening + 1, closing] : [0, bytes.length];
  let checksum = 0;
  for (let at = begin; at < end; at++) checksum = ((checksum << 8) & 0xffff) ^ CRC[(checksum >>> 8) ^ bytes[at]!]!;
  return checksum % SLOTS;
}

/** CRC-16/XMODEM: polynomial 0x1021, begins with 0. */
const CRC = Uint16Array.from({ length: 256 }, (_, byte) => {
  let checksum = byte << 8;
  for (let bit = 0; bit < 8; bit++) checksum = (checksum << 1) ^ (checksum & 0x8000 ? 0x1021 : 0);
  return checksum;
});

export const CONTROL_SLOT = slotOfKey("0");

let roots: readonly string[] | undefined;

/** The root of the slot's partition. */
export function rootOfSlot(slot: number): string {
  const root = (roots ??= allRoots())[slot];
  if (root === undefined) throw new RangeError(`slot ${slot}: there are ${SLOTS}, from 0`);
  return root;
}

/** The slot of a root. */
export function slotOfRoot(root: string): number {
  return slotOfKey(root);
}

function allRoots(): string[] {
  const found: string[] = [];
  let left = SLOTS;
  for (let tag = 0; left > 0; tag++) {
    const slot = slotOfKey(String(tag));
    if (found[slot] !== undefined) continue;
    found[slot] = `mer:{${tag}}`;
    left--;
  }
  return found;
}
