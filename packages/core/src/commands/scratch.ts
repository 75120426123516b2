/**
 * The scratch key: the server itself parses and computes there what a ...STORE command or a coordinate asks for, with its
 * own options and errors, and nothing of the user's has changed yet when it refuses.
 */
import { errorOf, host, type Packed, type Reply } from "../host.js";
import { packedSize } from "../log/packed-size.js";
import { openKey, type Unit } from "../log/unit.js";
import { sizeError } from "../scripts/unit-room.js";
import type { AggregateCode } from "../state/codec.js";
import { kindOf } from "../state/kind.js";
import { scratchKey } from "../state/names.js";
import { putValue, removeKey } from "./opened.js";

/** Runs the command natively with the scratch key in its place; an error changes nothing. `take` reads what it left. */
export function computeInScratch(
  unit: Unit,
  args: string[],
  destinationAt: number,
  take: (scratch: string) => void,
): Reply {
  const scratch = scratchKey(unit.partition.root);
  const call = args.slice(0);
  call[destinationAt] = scratch;
  const reply = host.pcall(...(call as [string, ...string[]]));
  if (errorOf(reply) === undefined) take(scratch);
  host.call("UNLINK", scratch);
  return reply;
}

/** A command that stores a value of the type at `destinationAt`: what the server computes is written as a whole value. */
export function storeComputed(unit: Unit, args: string[], destinationAt: number, type: AggregateCode): Reply {
  let value: Packed = "";
  let isStored = false;
  const reply = computeInScratch(unit, args, destinationAt, (scratch) => {
    isStored = host.call("EXISTS", scratch) === 1;
    if (isStored) value = kindOf(type).read(scratch);
  });
  if (errorOf(reply) !== undefined) return reply;
  const refused = isStored ? sizeError(unit, packedSize(value)) : undefined;
  if (refused !== undefined) return refused;
  const destination = openKey(unit, args[destinationAt]!);
  if (isStored) putValue(unit, destination.key, type, value, 0);
  else removeKey(unit, destination);
  return reply;
}
