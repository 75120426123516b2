/**
 * HyperLogLogs: the union of all that was added to sketches that live. A sketch lives until something that saw its creation
 * removes it; what was added to sketches of which none lives is gone with them, seen or not.
 */
import { raisesOfElements, raisesOfText, formOf, type Raises } from "../sketch-form.js";
import type { Event } from "../history.js";
import type { Alive, Parts, Piece, TypeRule } from "./pieces.js";

/** What an operation adds: to those that it names, or else to a new sketch of its own. */
function added(names: unknown, raises: Raises, keep: unknown, event: Event): Parts {
  const flat = names as (string | number)[];
  const into = flat.flatMap((origin, at) => (at % 2 === 0 ? [`${origin} ${flat[at + 1]}`] : []));
  return { pieces: into.length === 0 ? [creation(event, raises)] : [addition(into, raises)], keep };
}

function addition(into: readonly string[], raises: Raises): Piece {
  return { kind: "addition", type: "p", field: "", into, raises };
}

function creation({ entry }: Event, raises: Raises): Piece {
  return { kind: "sketch", type: "p", field: `${entry.origin} ${entry.stamp}`, raises };
}

function raisesOfBytes(bytes: unknown): Raises {
  const raises = raisesOfText(bytes as string);
  if (raises === undefined) throw new Error("an operation with bytes that are no HyperLogLog");
  return raises;
}

/** True where one of the sketches is alive. */
function goesSomewhere(into: readonly string[], alive: Alive[]): boolean {
  return alive.some(({ piece }) => piece.kind === "sketch" && into.includes(piece.field));
}

/** The form of all that lives under a key. */
function value(pieces: Alive[]): string {
  return formOf(pieces.flatMap(({ piece }) => ("raises" in piece ? [piece.raises] : [])));
}

export const sketchRule: TypeRule = {
  code: "p",
  name: "hyperloglog",
  operations: {
    G: ([names, elements, keep], event) => added(names, raisesOfElements(elements as string[]), keep, event),
    C: ([names, bytes, keep], event) => added(names, raisesOfBytes(bytes), keep, event),
  },
  remaining: (alive) => alive.filter(({ piece }) => piece.kind !== "addition" || goesSomewhere(piece.into, alive)),
  put: (bytes, event) => [creation(event, raisesOfBytes(bytes))],
  value,
};
