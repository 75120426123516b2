/**
 * The oracle: what must be visible, computed from the history alone, by definition instead of step by step.
 *
 * A piece is alive unless an operation that saw it removed it. From the pieces alive follow the type (newest dot),
 * the value (by the rule of the type) and the deadline. Quadratic and slow, so that it is plainly right.
 */
import { saw, type Entry, type Event, type History } from "../history.js";
import { visibleText, type Visible } from "../visible.js";
import type { Alive, Piece, Scope, TypeCode } from "./pieces.js";
import { ruleOf, rules, written } from "./written.js";

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
  const all = effects.map(({ event }) => event);
  return rules.reduce((left, rule) => rule.remaining?.(left, all) ?? left, alive);
}

function takes(scope: Scope, piece: Piece): boolean {
  if (!("type" in piece)) return piece.kind === "deadline" ? scope.deadlines : scope.weak;
  return scope.types.includes(piece.type) && (scope.takes === undefined || scope.takes(piece.field));
}

/** What must be visible of the key at that time; deadlines that have passed are all logged by then. */
export function expected(history: History, entries: Entry[], key: string, nowMs: number): Visible | undefined {
  const alive = alivePieces(entries, key);
  const newestFirst = [...alive].sort(
    (left, right) => history.compare(right.event.entry, left.event.entry) || right.event.at - left.event.at,
  );
  const shown = newestFirst.find(({ piece }) => "type" in piece && piece.kind !== "addition");
  if (!shown || !("type" in shown.piece)) return undefined;
  const { type } = shown.piece;
  const ofType = newestFirst.filter(({ piece }) => "type" in piece && piece.type === type);
  const deadlineMs = ruling(type, ofType, alive, nowMs);
  const rule = ruleOf(type);
  const seen = rule.value(ofType);
  return type === "s" ? visibleText(seen as string, deadlineMs) : { type: rule.name, value: seen, deadlineMs };
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
