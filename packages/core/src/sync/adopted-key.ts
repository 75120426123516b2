/** One key that is adopted: what type it is, and the metadata that make it the region's own. Its value is not written. */
import { host, type Reply } from "../host.js";
import { completePrefix } from "../effects/stream-acks.js";
import { firstLife, storeGroup } from "../effects/stream-groups.js";
import { groupsOf } from "../effects/stream-native.js";
import type { Adoption } from "../state/adopting.js";
import { emptyMeta, encodeDot, encodeKey, registerText, type AggregateCode, type TypeCode } from "../state/codec.js";
import { noteKeys } from "../state/key-count.js";
import { kinds } from "../state/kind.js";
import { groupsKey, sideKey } from "../state/names.js";
import type { Partition } from "../state/partition.js";
import { isSketch, looksLikeSketch } from "../types/sketch-bytes.js";
import { ZERO_ID } from "../types/stream-id.js";
import { ADOPTED_PAGE, FIRST_PAGE, keepPage, keptParts, SIZE_COMMANDS } from "./adopted-parts.js";

/** What a HyperLogLog takes at most, and its head. */
const SKETCH_BYTES_MAX = "32784";
const HEAD_END = "15";

/** "": no such key; undefined: a module's type, which has no rule for conflicts. */
export function typeOf(key: string): TypeCode | undefined {
  const { ok: name } = host.call("TYPE", key) as { ok: string };
  if (name === "none") return "";
  if (name === "string") return isSketchKey(key) ? "p" : "s";
  for (const code in SIZE_COMMANDS) if (kinds[code]?.name === name) return code as AggregateCode;
  return undefined;
}

function isSketchKey(key: string): boolean {
  if (!looksLikeSketch(host.call("GETRANGE", key, "0", HEAD_END) as string)) return false;
  return isSketch(host.call("GETRANGE", key, "0", SKETCH_BYTES_MAX) as string);
}

/** How many parts it has; 0 where none are kept. */
export function partsOf(code: TypeCode, key: string): number {
  const command = SIZE_COMMANDS[code];
  return command === undefined ? 0 : (host.call(command, key) as number);
}

/** The whole key in one step. */
export function adoptWhole(
  partition: Partition,
  adoption: Adoption,
  key: string,
  bucket: string,
  code: TypeCode,
): string {
  if (SIZE_COMMANDS[code] !== undefined) {
    const aggregate = code as AggregateCode;
    const side = sideKey(partition.root, aggregate, key);
    host.call("UNLINK", side);
    let cursor = FIRST_PAGE;
    do cursor = keepPage(partition, adoption, aggregate, key, side, cursor);
    while (cursor !== FIRST_PAGE);
  }
  return finishKey(partition, adoption, key, bucket, code);
}

/** The parts are kept: the key becomes one of the region's. */
export function finishKey(
  partition: Partition,
  adoption: Adoption,
  key: string,
  bucket: string,
  code: TypeCode,
): string {
  if (code === "x") keepHolders(partition, adoption, key);
  const text = metadataOf(adoption, code, host.call("PEXPIRETIME", key));
  noteKeys(partition, host.call("HSET", bucket, key, text));
  return text;
}

/** True where as many parts are kept as there are. */
export function isWhole(code: AggregateCode, key: string, side: string): boolean {
  return keptParts(code, side) === partsOf(code, key);
}

/** So many parts are adopted in one step with others. */
export function isSmall(code: TypeCode, key: string): boolean {
  return partsOf(code, key) <= ADOPTED_PAGE;
}

function metadataOf({ stamp, origin }: Adoption, code: TypeCode, expiresAt: Reply): string {
  const at = (expiresAt as number) > 0 ? (expiresAt as number) : 0;
  if (code === "s") return registerText(stamp, origin, at);
  if (at === 0) return code === "p" ? "p" + encodeDot(stamp, origin) : code;
  const meta = emptyMeta();
  meta.shown = code;
  meta.alive[code] = true;
  if (code === "p") meta.sketches.push({ stamp, origin });
  meta.deadlines.push({ stamp, origin, at });
  return encodeKey(meta, undefined);
}

/** A stream's life and groups. What its groups have pending stays as it is; where nothing is, others begin. */
function keepHolders({ root }: Partition, { stamp, origin }: Adoption, key: string): void {
  const holders = groupsKey(root, key);
  firstLife(holders, stamp, origin);
  for (const { name } of groupsOf(key)) {
    const from = completePrefix(root, key, key, name) ?? ZERO_ID;
    storeGroup(holders, name, { from, creations: [{ stamp, origin, lives: [stamp, origin] }] });
  }
}
