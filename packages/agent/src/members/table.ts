/**
 * Which regions there are, and how all of them come to agree upon a change. Pure: tables in, tables out.
 *
 * A table has an epoch, and all places there ever were in their order. A change is proposed upon an epoch by one region; each
 * other living one that takes it up keeps it beside its table; when all have, the proposer makes the next epoch of it. Tables
 * spread by being told to each other: the one of the higher epoch is taken over.
 *
 * 1. Only the proposer makes its proposal an epoch, and only while it keeps that very proposal: one that takes up another's
 *    gives its own up. A proposal needs every region that may propose, those excepted that it forgets, so of two upon the
 *    same epoch one at most becomes true.
 * 2. Places are appended only, and a name is used once, so the order of two regions never changes.
 * 3. Of two proposals all take up the same one: first what forgets a region, for nothing can be agreed upon with a dead one.
 */

/** joining: it was added and has not been heard yet; it may do all but take part in changes. */
export type PlaceStatus = "joining" | "member" | "leaving" | "removed" | "forgotten";

export interface Place {
  readonly name: string;
  /** host:port of its agents, with commas between, for regions whose configuration does not name it. */
  readonly link: string;
  readonly status: PlaceStatus;
  /** When it became what it is; 0: from the start. */
  readonly sinceMs: number;
}

export type Change =
  | { readonly kind: "forget"; readonly names: readonly string[] }
  /** All that it has is in all others; proposed by itself. */
  | { readonly kind: "removed"; readonly name: string }
  /** One that was added was heard; proposed by whoever hears it. */
  | { readonly kind: "joined"; readonly name: string }
  | { readonly kind: "remove"; readonly name: string }
  | { readonly kind: "add"; readonly name: string; readonly link: string };

export interface Proposal {
  readonly id: string;
  /** Of the table that it would make. */
  readonly epoch: number;
  readonly by: string;
  readonly atMs: number;
  readonly change: Change;
}

export interface Table {
  readonly epoch: number;
  /** Of the proposal that made it; "": the list of the configuration. */
  readonly id: string;
  readonly places: readonly Place[];
}

export interface Members {
  readonly table: Table;
  readonly pending: Proposal | null;
}

export function seedOf(regions: readonly { name: string; link: string }[]): Members {
  const places = regions.map(({ name, link }): Place => ({ name, link, status: "member", sinceMs: 0 }));
  return { table: { epoch: 0, id: "", places }, pending: null };
}

export function placeOf({ places }: Table, name: string): Place | undefined {
  return places.find((place) => place.name === name);
}

/** Members, those that are joining, and those that are leaving. */
export function livingOf({ places }: Table): string[] {
  return places.filter(isLiving).map(({ name }) => name);
}

function isLiving({ status }: Place): boolean {
  return status === "member" || status === "leaving" || status === "joining";
}

export function goneOf({ places }: Table): Map<string, "removed" | "forgotten"> {
  const gone = new Map<string, "removed" | "forgotten">();
  for (const { name, status } of places) if (status === "removed" || status === "forgotten") gone.set(name, status);
  return gone;
}

/** Who else must have taken the proposal up. */
export function votersOf(table: Table, { by, change }: Proposal): string[] {
  const without = change.kind === "forget" ? change.names : [];
  return table.places
    .filter(({ status }) => status === "member" || status === "leaving")
    .map(({ name }) => name)
    .filter((name) => name !== by && !without.includes(name));
}

const KINDS: readonly Change["kind"][] = ["forget", "removed", "joined", "remove", "add"];

/** Below 0: the first is to be taken up instead of the second. */
function compareProposals(a: Proposal, b: Proposal): number {
  const byKind = KINDS.indexOf(a.change.kind) - KINDS.indexOf(b.change.kind);
  return byKind !== 0 ? byKind : a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** What is known after another region has told what it knows. The same object: nothing new. */
export function merged(own: string, mine: Members, theirs: Members): Members {
  const table = theirs.table.epoch > mine.table.epoch ? theirs.table : mine.table;
  const kept = mine.pending !== null && mine.pending.epoch === table.epoch + 1 ? mine.pending : null;
  const heard = theirs.pending !== null && mayTakeUp(own, table, theirs.pending) ? theirs.pending : null;
  const pending = heard !== null && (kept === null || compareProposals(heard, kept) < 0) ? heard : kept;
  return table === mine.table && pending === mine.pending ? mine : { table, pending };
}

function mayTakeUp(own: string, table: Table, proposal: Proposal): boolean {
  return proposal.epoch === table.epoch + 1 && (proposal.by === own || votersOf(table, proposal).includes(own));
}

/** Two tables that can't both be: one of them was made of what a server has lost since. */
export function isContradiction(a: Table, b: Table): boolean {
  return a.epoch === b.epoch && a.epoch > 0 && a.id !== b.id;
}

/** The proposal of this region, put beside its table. */
export function proposed(mine: Members, proposal: Proposal): Members {
  return { ...mine, pending: proposal };
}

/** The next epoch, where the own proposal was taken up by all. */
export function committed(own: string, mine: Members, voted: ReadonlySet<string>): Members | undefined {
  const { table, pending } = mine;
  if (pending === null || pending.by !== own || pending.epoch !== table.epoch + 1) return undefined;
  if (votersOf(table, pending).some((name) => !voted.has(name))) return undefined;
  return { table: { epoch: pending.epoch, id: pending.id, places: changed(table.places, pending) }, pending: null };
}

function changed(places: readonly Place[], { change, atMs }: Proposal): Place[] {
  const put = (names: readonly string[], status: PlaceStatus): Place[] =>
    places.map((place) =>
      names.includes(place.name) && isLiving(place) ? { ...place, status, sinceMs: atMs } : place,
    );
  switch (change.kind) {
    case "add":
      return [...places, { name: change.name, link: change.link, status: "joining", sinceMs: atMs }];
    case "joined":
      return put([change.name], "member");
    case "remove":
      return put([change.name], "leaving");
    case "removed":
      return put([change.name], "removed");
    case "forget":
      return put(change.names, "forgotten");
  }
}

export function textOfMembers(members: Members): string {
  return JSON.stringify(members);
}
