/**
 * What a node says instead of carrying a command out: that another one has the slot, or that nobody can do it now. Nothing was done
 * then, so the command may be sent again; of a command whose connection broke nobody knows.
 */
export type Redirect =
  /** The slot belongs to that node. An empty host: the one that was asked. */
  | { kind: "moved"; host: string; port: number }
  /** The slot is on its way to that node: this one command goes there, behind an ASKING. */
  | { kind: "ask"; host: string; port: number }
  /** The slot is between two nodes, has no node, or its node is loading: later. */
  | { kind: "wait"; reason: string };

export function redirectOf(error: unknown): Redirect | undefined {
  if (!(error instanceof Error)) return undefined;
  const { message } = error;
  if (message.startsWith("MOVED ")) return { kind: "moved", ...placeIn(message) };
  if (message.startsWith("ASK ")) return { kind: "ask", ...placeIn(message) };
  if (/^(TRYAGAIN|CLUSTERDOWN|LOADING|MASTERDOWN)\b/.test(message)) return { kind: "wait", reason: message };
  return undefined;
}

/** In `MOVED 3999 127.0.0.1:6381`; an address of IPv6 has colons of its own. */
function placeIn(message: string): { host: string; port: number } {
  const [, host = "", port = "0"] = /^\S+ \d+ (.*):(\d+)$/.exec(message) ?? [];
  return { host: host === "?" ? "" : host, port: Number(port) };
}
