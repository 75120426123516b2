/**
 * Where a command goes when one region takes the writes: by its name, and of a few by their first argument.
 *
 *     near      the region's own server: reads, and what is about the server itself
 *     primary   the primary's: writes, and all that is not known to be a read
 *     session   both: who the client is, and how it wants to be answered
 *     pinned    the primary's, and so is all that follows, until the transaction is over
 *     tunnel    from now on all bytes go to one server as they are: subscriptions, MONITOR, CLIENT REPLY
 *     refused   what would change roles or connections behind the agents' back
 */
import { commandTable } from "@meridian/core";

export type Route = "near" | "primary" | "session" | "pinned" | "tunnel" | "refused";

/** Read-only scripts that bring all that they need. */
const NEAR = ["eval_ro", "fcall_ro", "pubsub", "cluster", "config", "client", "module"];
const SESSION = ["auth", "hello", "select", "reset", "quit"];
const TUNNEL = "subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe monitor".split(" ");
const REFUSED = "replicaof slaveof failover psync sync replconf shutdown".split(" ");
/** Of CLIENT. */
const CLIENT: Readonly<Record<string, Route>> = {
  ...Object.fromEntries(["setname", "setinfo", "no-evict", "no-touch"].map((name) => [name, "session"])),
  reply: "tunnel",
  pause: "refused",
  unpause: "refused",
};

const routes = new Map<string, Route>();
for (const { name, kind, check } of commandTable) {
  const isNear = kind === "read" || kind === "session" || kind === "admin" || check === "container";
  if (isNear) routes.set(name, "near");
}
for (const name of NEAR) routes.set(name, "near");
for (const name of SESSION) routes.set(name, "session");
for (const name of TUNNEL) routes.set(name, "tunnel");
for (const name of REFUSED) routes.set(name, "refused");
routes.set("watch", "pinned");
routes.set("multi", "pinned");

const waiting = new Set(commandTable.filter(({ awaits }) => awaits !== undefined).map(({ name }) => name));

/** `name` and `first` in lower case. */
export function routeOf(name: string, first: string): Route {
  if (name === "client") return CLIENT[first] ?? "near";
  return routes.get(name) ?? "primary";
}

/** Its reply may take as long as the client wants to wait. */
export function mayWaitLong(name: string): boolean {
  return waiting.has(name) || name === "wait" || name === "waitaof";
}

/** Ends a transaction, or what it watched. */
export function unpins(name: string): boolean {
  return name === "exec" || name === "discard" || name === "unwatch" || name === "reset";
}
