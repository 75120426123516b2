/**
 * Streams. An entry is its add, by id; of several under one id the newest shows. A stream lives while an entry or a life does.
 * A group is its creations: each needs a life that it named, and falls to every destroy that it had not seen. A destroy that
 * took the stream along also takes the lives that such creations made.
 */
import { saw, type Event } from "../history.js";
import { entryForm, groupForms } from "../stream-form.js";
import type { Alive, Parts, Piece, TypeRule } from "./pieces.js";

function entry(id: string, fields: string[]): Piece {
  return { kind: "entry", type: "x", field: `e${id}`, fields };
}

function life(event: Event, maker?: string): Piece {
  return { kind: "life", type: "x", field: `l${event.entry.origin} ${event.entry.stamp}`, maker };
}

function orderOf(id: string): bigint {
  const [ms = "", seq = ""] = id.split("-");
  return (BigInt(ms) << 64n) | BigInt(seq);
}

/** XDEL and XTRIM. */
function removal(event: Event, takes: (id: string) => boolean, hasLife: unknown, keep: unknown): Parts {
  return {
    pieces: hasLife === 1 ? [life(event)] : [],
    takes: (field) => field.startsWith("e") && takes(field.slice(1)),
    keep,
  };
}

function creation(event: Event, name: string, named: unknown[], keep: unknown): Parts {
  const lives = named.flatMap((origin, at) => (at % 2 === 0 ? [`l${String(origin)} ${String(named[at + 1])}`] : []));
  const made = lives.length === 0 ? [life(event, name)] : [];
  const own = made.map((piece) => ("field" in piece ? piece.field : ""));
  return { pieces: [...made, { kind: "group", type: "x", field: `g${name}`, lives: [...lives, ...own] }], keep };
}

/** Whether it destroys that group; and takes the stream along. */
function destroys({ operation: [code, , name, emptied] }: Event, group: string, takesStream: boolean): boolean {
  return code === "k" && name === group && (!takesStream || emptied === 1);
}

function remaining(alive: Alive[], events: Event[]): Alive[] {
  const left = alive.filter(({ event, piece }) => {
    if (piece.kind === "group") return !fallsTo(event, piece.field.slice(1), false, events);
    return piece.kind !== "life" || piece.maker === undefined || !fallsTo(event, piece.maker, true, events);
  });
  const lives = left.flatMap(({ piece }) => (piece.kind === "life" ? [piece.field] : []));
  return left.filter(({ piece }) => piece.kind !== "group" || piece.lives.some((named) => lives.includes(named)));
}

function fallsTo(creation: Event, group: string, takesStream: boolean, events: Event[]): boolean {
  return events.some((event) => destroys(event, group, takesStream) && !saw(creation, event));
}

/** [last, greatest deleted, entries ever added, id, count, field, value, ...] */
function put(value: unknown, event: Event): Piece[] {
  const flat = value as string[];
  const pieces: Piece[] = [life(event)];
  for (let at = 3; at < flat.length;) {
    const size = Number(flat[at + 1]);
    pieces.push(entry(flat[at] ?? "", flat.slice(at + 2, at + 2 + size)));
    at += 2 + size;
  }
  return pieces;
}

export const streamRule: TypeRule = {
  code: "x",
  name: "stream",
  operations: {
    a: ([id, fields, keep], event) => ({
      pieces: [entry(id as string, fields as string[]), ...((keep as number[])[1] === 1 ? [life(event)] : [])],
      keep,
    }),
    d: ([ids, hasLife, keep], event) => removal(event, (id) => (ids as string[]).includes(id), hasLife, keep),
    t: ([last, hasLife, keep], event) => removal(event, (id) => orderOf(id) <= orderOf(last as string), hasLife, keep),
    i: () => ({ pieces: [], keep: undefined }),
    g: ([name, , , named, keep], event) => creation(event, name as string, named as unknown[], keep),
    k: ([name]) => ({ pieces: [], takes: (field) => field === `g${String(name)}`, keep: undefined }),
    p: () => ({ pieces: [], keep: undefined }),
  },
  put,
  remaining,
  value: (pieces) => {
    const entries = new Map<string, string[]>();
    for (const { piece } of pieces) {
      const id = piece.kind === "entry" ? piece.field.slice(1) : "";
      if (piece.kind === "entry" && !entries.has(id)) entries.set(id, piece.fields);
    }
    const inOrder = [...entries].sort(([left], [right]) => (orderOf(left) < orderOf(right) ? -1 : 1));
    const names = new Set(pieces.flatMap(({ piece }) => (piece.kind === "group" ? [piece.field.slice(1)] : [])));
    return [...inOrder.map(([id, fields]) => entryForm(id, fields)), ...groupForms([...names])];
  },
};
