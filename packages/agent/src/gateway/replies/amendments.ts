/**
 * Replies that are not passed on as the server gives them: INFO gets what the gateway knows, CLIENT UNBLOCK and CLIENT LIST
 * see the clients that wait here; and answers to questions of the gateway's own. Such a reply is held until it is whole.
 */
import type { BlockedClients } from "../waiting/blocked-clients.js";
import type { Outbox } from "../bytes.js";
import { errorReply } from "../errors.js";
import type { FunctionCall } from "../requests/function-call.js";
import { infoWith } from "./info-text.js";
import type { Amended, PendingReplies } from "./pending-replies.js";
import type { RegionService } from "../region-service.js";

/** What becomes of a command's reply. */
export type Amendment =
  | { readonly kind: "info"; readonly section: boolean; readonly keyspace: boolean }
  | { readonly kind: "unblock"; readonly id: number; readonly asError: boolean }
  | { readonly kind: "list" };

export interface AmendmentContext {
  readonly call: FunctionCall;
  readonly blocked: BlockedClients;
  readonly region: RegionService;
  readonly waiting: { readonly count: number };
  readonly slots: boolean;
}

/** In front of a cluster: what was counted of late will do (cluster/keyspace-reads.ts). */
const RECENT = Buffer.from("$6\r\nrecent\r\n");
const DBSIZE = Buffer.from("$6\r\nDBSIZE\r\n");
const ONE = Buffer.from(":1\r\n");
const NONE = ":0\r\n";

/** The command goes to the server after this; what is sent first, of the gateway's own, is nothing that the client sees. */
export function expectAmended(
  amendment: Amendment,
  context: AmendmentContext,
  server: Outbox,
  pending: PendingReplies,
): void {
  const { blocked } = context;
  if (amendment.kind === "unblock") {
    const { id, asError } = amendment;
    pending.pushAmended((reply) => ({ give: isNone(reply) && blocked.unblock(id, asError) ? ONE : reply }));
  } else if (amendment.kind === "list") {
    pending.pushAmended((reply) => ({ give: withText(reply, (text) => markBlocked(text, blocked)) }));
  } else {
    expectInfo(amendment, context, server, pending);
  }
}

function expectInfo(
  { section, keyspace }: Amendment & { kind: "info" },
  context: AmendmentContext,
  server: Outbox,
  pending: PendingReplies,
): void {
  let keys: number | undefined;
  if (keyspace) {
    const header = context.call.showHeader(context.slots ? 2 : 1);
    server.copy(header, 0, header.length);
    server.copy(DBSIZE, 0, DBSIZE.length);
    if (context.slots) server.copy(RECENT, 0, RECENT.length);
    pending.pushAmended((reply) => {
      keys = integerOf(reply);
      return {};
    });
  }
  const { blocked } = context;
  const addition = (): string => (section ? context.region.infoSection() : "");
  pending.pushAmended((reply) => ({
    give: withText(reply, (text) =>
      infoWith(text, addition(), keys, context.waiting.count + blocked.waitingForRegions),
    ),
  }));
}

/** Undefined where the reply is none. */
export function integerOf(reply: Buffer): number | undefined {
  const found = /^:(-?\d+)\r\n$/.exec(reply.toString("latin1"));
  return found === null ? undefined : Number(found[1]);
}

/** Of an error, or an integer: for the client only if it is an error. The command that asked does not wait then. */
export function refusalOnly(reply: Buffer): Amended {
  return integerOf(reply) === undefined ? { give: reply, peeked: "error" } : { peeked: "nothing" };
}

/** Of ECHO: whoever was let in may ask, also one who has no right to ECHO. */
export function admitted(reply: Buffer, command: string): Amended {
  const text = reply.toString("latin1", 0, HEAD_BYTES_MAX);
  if (!text.startsWith("-") || text.startsWith("-NOPERM")) return { peeked: "nothing" };
  const isSubscribed = text.startsWith(CANNOT_EXECUTE);
  return { give: isSubscribed ? errorReply("subscribed", { command }) : reply, peeked: "error" };
}

const CANNOT_EXECUTE = "-ERR Can't execute";

function isNone(reply: Buffer): boolean {
  return reply.toString("latin1") === NONE;
}

const TEXT = /^(\$|=)\d+\r\n(txt:)?/;

/** Of a bulk string, or RESP3's verbatim one, with another text; any other reply is as it is. */
function withText(reply: Buffer, change: (text: string) => string): Buffer {
  const found = TEXT.exec(reply.toString("latin1", 0, HEAD_BYTES_MAX));
  if (found === null) return reply;
  const [head, type = "$"] = found;
  const format = type === "=" ? "txt:" : "";
  const start = type === "=" ? head.length : head.replace("txt:", "").length;
  const text = change(reply.toString("latin1", start, reply.length - 2));
  return Buffer.from(`${type}${format.length + text.length}\r\n${format}${text}\r\n`, "latin1");
}

const HEAD_BYTES_MAX = 32;

function markBlocked(text: string, blocked: BlockedClients): string {
  return text.replace(/^id=(\d+) (.*? flags=)(\S+)/gm, (line, id: string, before: string, flags: string) => {
    if (!blocked.isWaiting(Number(id))) return line;
    return `id=${id} ${before}${flags === "N" ? "" : flags}b`;
  });
}
