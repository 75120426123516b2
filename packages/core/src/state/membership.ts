/**
 * Which regions there are, as the agents have agreed upon them.
 *
 *     members                                             [revision, text, regions, gone, closed]
 *     members REVISION TEXT REGIONS GONE CLOSED           ["ok" or "changed", revision]
 *     follow REVISION REGIONS GONE CLOSED                 ["ok" or "kept", revision]
 *
 * The text is the agents' own. What the core must know of it stands beside it, and changes in the same step: all places in
 * their order, which of them are gone (removed or forgotten), and whether this region takes writes. A change names the
 * revision that it was made upon; upon another one nothing is done. Revision 0: nothing was agreed upon yet, the list is that
 * of `configure`. It only grows, also over a lost tail, for it is the time where that is greater.
 *
 * Where partitions are hash slots, one of them has the text, and the others follow it: they take over what it says, under its
 * revision. One that has that revision or a newer one keeps what it has.
 *
 * Invariants
 * 1. Places are only ever appended, and never used again, so the order of any two regions is for ever. Only a region that
 *    joins, and has written nothing yet, takes another list over.
 * 2. A region that has left logs nothing more, not even that a key has expired.
 */
import { errors, refuse, type ErrorReply } from "../errors.js";
import { host, type Reply } from "../host.js";
import { REGIONS_MAX } from "../types/stream-id.js";
import type { Deployment } from "./deployment.js";
import type { Partition } from "./partition.js";
import { splitList } from "./text-list.js";

/** Why a region takes no writes; "": it does. */
export type Closed = "" | "joining" | "leaving" | "left" | "forgotten" | "passive";

const reasons: Record<string, ErrorReply | undefined> = {
  joining: refuse(errors.joining),
  leaving: refuse(errors.leaving),
  left: refuse(errors.leaving),
  forgotten: refuse(errors.forgotten),
  passive: refuse(errors.passive),
};

/** Why a write is refused. */
export function closedError(closed: string): ErrorReply {
  return reasons[closed] ?? refuse(errors.leaving);
}

export function members(partition: Partition, args: string[]): Reply {
  const { root } = partition;
  const revision = textOf(root, "revision", "0");
  if (args.length === 1) {
    const fields = [textOf(root, "members", ""), textOf(root, "regions", ""), textOf(root, "gone", "")];
    return [revision, ...fields, textOf(root, "closed", "")];
  }
  const [, before, text, regions, gone, closed] = args;
  if (args.length !== 6 || before === undefined || text === undefined || closed === undefined) {
    return refuse(errors.badMembers);
  }
  if (closed !== "" && reasons[closed] === undefined) return refuse(errors.badMembers);
  const refused = refusalOf(partition.deployment, regions ?? "");
  if (refused !== undefined) return refused;
  if (before !== revision) return ["changed", revision];
  const next = host.integerText(Math.max(host.toNumber(revision, 10) + 1, partition.now));
  const state = ["regions", regions!, "gone", gone!, "closed", stillClosed(root, closed)];
  host.call("HSET", root, "revision", next, "members", text, ...state);
  delete host.memory[root]; // read anew by the next call: the order of origins is another one
  return ["ok", next];
}

/** Does not need the partition, nor begin an incarnation of it: thousands of them that are idle follow, too. */
export function follow(root: string, args: string[]): Reply {
  const [, revision, places, gone, closed] = args;
  if (args.length !== 5 || revision === undefined || !(host.toNumber(revision, 10) > 0)) {
    return refuse(errors.badMembers);
  }
  const before = { region: textOf(root, "region", ""), regions: splitList(textOf(root, "regions", "")) };
  if (before.region === "") return refuse(errors.notConfigured);
  const own = textOf(root, "revision", "0");
  if (host.toNumber(revision, 10) <= host.toNumber(own, 10)) return ["kept", own];
  const refused = refusalOf({ ...before, closed: textOf(root, "closed", "") }, places!);
  if (refused !== undefined) return refused;
  host.call("HSET", root, "revision", revision, "regions", places!, "gone", gone!, "closed", closed!);
  delete host.memory[root];
  return ["ok", revision];
}

/** Another list of members does not open a region that is about to follow another one; see changing-mode.ts. */
function stillClosed(root: string, closed: string): string {
  return closed === "" && textOf(root, "closed", "") === "passive" ? "passive" : closed;
}

function refusalOf(
  { region, regions, closed }: Pick<Deployment, "region" | "regions" | "closed">,
  text: string,
): ErrorReply | undefined {
  const places = splitList(text);
  const isBound = closed !== "joining";
  const isGood = isWellFormed(places, region) && (!isBound || beginsWith(places, regions));
  return isGood ? undefined : refuse(errors.badPlaces);
}

function isWellFormed(places: readonly string[], own: string): boolean {
  let hasOwn = false;
  for (const name of places) {
    if (name === "" || name.indexOf("~") >= 0) return false;
    if (name === own) hasOwn = true;
  }
  return hasOwn && places.length < REGIONS_MAX;
}

function beginsWith(places: readonly string[], before: readonly string[]): boolean {
  for (let at = 0; at < before.length; at++) if (places[at] !== before[at]) return false;
  return true;
}

function textOf(root: string, field: string, otherwise: string): string {
  const stored = host.call("HGET", root, field);
  return typeof stored === "string" ? stored : otherwise;
}
