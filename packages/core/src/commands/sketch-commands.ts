/** HyperLogLogs: PFADD and PFMERGE. An addition names the sketches it saw, by their creation (effects/sketch.ts). */
import { namesOf } from "../effects/sketch.js";
import { errors, isRefused, OK, refuse } from "../errors.js";
import { callInPieces, errorOf, host, type Reply } from "../host.js";
import { keepOf, note, perform, type Unit } from "../log/unit.js";
import { decodeKey } from "../state/codec.js";
import { peek, type KeyState } from "../state/key-state.js";
import { scratchKey } from "../state/names.js";
import { isSketch, looksLikeSketch } from "../types/sketch-bytes.js";
import { onKey, onKeys, type Command } from "./command.js";
import { exists, NO_RESETS, openTyped, PLAIN_KEEP, putValue, textOf } from "./opened.js";

/** Source keys of one call: Lua's argument stack is small. */
const PIECE = 4000;

/** PFADD key [element ...]. One that raises no register changes nothing, and is not logged. */
function pfadd(unit: Unit, args: string[]): Reply {
  const key = args[1]!;
  const elements = args.slice(2);
  const stored = peek(unit.partition, key);
  if (stored !== false && stored.substring(0, 1) === "p") {
    if (callInPieces("PFADD", key, elements) === 0) return 0;
    note(unit, ["G", key, namesOf(unit.partition, decodeKey(stored).sketches), elements, PLAIN_KEEP]);
    return 1;
  }
  const state = openTyped(unit, key, "s");
  if (isRefused(state)) return state;
  if (state.shown === "s") return addToText(unit, state, elements);
  if (exists(state)) return addToShown(unit, state, elements);
  return perform(unit, ["G", key, NO_RESETS, elements, keepOf(unit, state, "p")]);
}

function addToShown(unit: Unit, state: KeyState, elements: string[]): Reply {
  const isRaised = callInPieces("PFADD", state.key, elements) > 0;
  const isWhole = isRaised || (elements.length > 0 && state.sketches.length > 1);
  if (isWhole)
    perform(unit, ["G", state.key, namesOf(unit.partition, state.sketches), elements, keepOf(unit, state, "p")]);
  return isRaised ? 1 : 0;
}

/** Of a text that somebody SET: it becomes a sketch where something is added. */
function addToText(unit: Unit, state: KeyState, elements: string[]): Reply {
  const text = textOf(state);
  if (!looksLikeSketch(text)) return refuse(errors.notSketch);
  if (elements.length === 0) return 0;
  if (!isSketch(text)) return refuse(errors.brokenSketch);
  const scratch = scratchKey(unit.partition.root);
  host.call("SET", scratch, text);
  const isRaised = callInPieces("PFADD", scratch, elements) > 0;
  const bytes = host.call("GET", scratch) as string;
  host.call("UNLINK", scratch);
  if (!isRaised) return 0;
  putValue(unit, state.key, "p", bytes, state.nativeDeadline);
  return 1;
}

/** PFMERGE destination [source ...]: the union of the sources here travels; a text at the destination is one of them. */
function pfmerge(unit: Unit, args: string[]): Reply {
  const destination = openTyped(unit, args[1]!, "s");
  if (isRefused(destination)) return destination;
  const isText = destination.shown === "s";
  const sources = args.slice(isText ? 1 : 2);
  if (sources.length === 0 && exists(destination)) return OK;
  const bytes = union(unit, sources);
  if (typeof bytes !== "string") return bytes;
  if (isText) putValue(unit, destination.key, "p", bytes, destination.nativeDeadline);
  else
    perform(unit, [
      "C",
      destination.key,
      namesOf(unit.partition, destination.sketches),
      bytes,
      keepOf(unit, destination, "p"),
    ]);
  return OK;
}

/** The bytes of the union, or the server's error about a source. */
function union(unit: Unit, sources: string[]): Reply {
  const scratch = scratchKey(unit.partition.root);
  let from = 0;
  let reply: Reply;
  do {
    reply = host.pcall("PFMERGE", scratch, ...sources.slice(from, from + PIECE));
    from += PIECE;
  } while (from < sources.length && errorOf(reply) === undefined);
  if (errorOf(reply) === undefined) reply = host.call("GET", scratch);
  host.call("UNLINK", scratch);
  return reply;
}

export const sketchCommands: Record<string, Command> = {
  PFADD: onKey(-2, pfadd),
  PFMERGE: onKeys(-2, -1, 1, pfmerge),
};
