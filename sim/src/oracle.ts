/**
 * The oracle: what must be visible, computed from the history alone, by definition instead of step by step.
 *
 * A piece is alive unless an operation that saw it removed it. From the pieces alive follow the type (newest dot),
 * the value (highest register plus increments) and the deadline. Quadratic and slow, so that it is plainly right.
 */
import { decimalText, parseDecimal } from "@meridian/testkit";
import { saw, type Entry, type Event, type History } from "./history.js";
import { written, type Piece, type Scope, type TypeCode } from "./oracle-writes.js";
import type { Visible } from "./visible.js";

interface Alive {
  event: Event;
  piece: Piece;
  /** A register whose own expiry was taken away. */
  demoted: boolean;
}

const INT64_MAX = 2n ** 63n - 1n;
const SCALE = 10n ** 17n;
const typeNames = { s: "string", h: "hash", e: "set" } as const;

/** The pieces of the key that are alive once these entries are applied. */
export function alivePieces(entries: Entry[], key: string): Alive[] {
  const events = entries.flatMap((entry) => entry.operations.map((operation, at): Event => ({ entry, at, operation })));
  const effects = events.flatMap((event) => {
    const effect = written(event, key);
    return effect ? [{ event, ...effect }] : [];
  });
  const alive: Alive[] = [];
  for (const { event, pieces } of effects) {
    for (const piece of pieces) {
      const against = effects.filter((other) => saw(other.event, event)).flatMap(({ scopes }) => scopes);
      if (against.some((scope) => takes(scope, piece))) continue;
      alive.push({ event, piece, demoted: against.some(({ demotes }) => demotes) });
    }
  }
  return alive;
}

function takes(scope: Scope, piece: Piece): boolean {
  if (!("type" in piece)) return piece.kind === "deadline" ? scope.deadlines : scope.weak;
  return scope.types.includes(piece.type) && (scope.fields === undefined || scope.fields.includes(piece.field));
}

/** What must be visible of the key at that time; deadlines that have passed are all logged by then. */
export function expected(history: History, entries: Entry[], key: string, nowMs: number): Visible | undefined {
  const alive = alivePieces(entries, key);
  const newestFirst = [...alive].sort(
    (left, right) => history.compare(right.event.entry, left.event.entry) || right.event.at - left.event.at,
  );
  const shown = newestFirst.find(({ piece }) => piece.kind !== "deadline" && piece.kind !== "weak");
  if (!shown || !("type" in shown.piece)) return undefined;
  const { type } = shown.piece;
  const ofType = newestFirst.filter(({ piece }) => "type" in piece && piece.type === type);
  const deadlineMs = ruling(type, ofType, alive, nowMs);
  return { type: typeNames[type], value: valueOf(type, ofType), deadlineMs };
}

function valueOf(type: TypeCode, pieces: Alive[]): Visible["value"] {
  if (type === "s") return cellText(pieces);
  const names = [...new Set(pieces.map(({ piece }) => ("field" in piece ? piece.field : "")))].sort();
  if (type === "e") return names;
  return names.map((name): [string, string] => [
    name,
    cellText(pieces.filter(({ piece }) => "field" in piece && piece.field === name)),
  ]);
}

/** The highest register, plus the increments where it is a number. Pieces come newest first. */
function cellText(pieces: Alive[]): string {
  const registers = pieces.flatMap(({ piece }) => (piece.kind === "register" ? [piece.text] : []));
  const increments = pieces.flatMap(({ piece }) => (piece.kind === "increment" ? [piece] : []));
  const base = registers[0] ?? "0";
  const number = parseDecimal(base);
  if (increments.length === 0 || typeof number !== "bigint") return base;
  const total = increments.reduce((sum, { by }) => sum + by, number);
  const isInteger = total % SCALE === 0n && !increments.some(({ isFloat }) => isFloat);
  if (isInteger && total / SCALE > INT64_MAX) return INT64_MAX.toString();
  if (isInteger && total / SCALE < -INT64_MAX - 1n) return (-INT64_MAX - 1n).toString();
  return decimalText(total);
}

/** The ruling deadline; 0 for ever. */
function ruling(type: TypeCode, ofType: Alive[], alive: Alive[], nowMs: number): number {
  const winner = ofType.find(({ piece }) => piece.kind === "register");
  if (type === "s" && winner?.piece.kind === "register" && winner.piece.expiresAtMs >= 0 && !winner.demoted) {
    return winner.piece.expiresAtMs;
  }
  for (const kind of ["deadline", "weak"]) {
    const times = alive.flatMap(({ piece }) => (piece.kind === kind && "atMs" in piece ? [piece.atMs] : []));
    const coming = times.filter((at) => at > nowMs);
    if (coming.length > 0) return Math.max(...coming) === Infinity ? 0 : Math.max(...coming);
  }
  return 0;
}
