/**
 * The gateway's own errors: one table for what a client is told (RESP error lines), one for what the program that
 * starts it is told. A text says what is wrong and what to do; `{name}` is filled in. Protocol errors and unknown
 * commands have Redis's exact words, since clients match on those.
 */
export const replyTexts = {
  unsupported: "MERIDIAN_UNSUPPORTED '{command}' is not replicated by this version of Meridian: {instead}",
  reservedKey:
    "MERIDIAN_RESERVEDKEY '{root}' and keys beginning with '{root}:' are Meridian's own: choose another name",
  reservedKeys: "MERIDIAN_RESERVEDKEY keys beginning with 'mer:{' are Meridian's own: choose another name",
  serverDown:
    "MERIDIAN_SERVERDOWN the region's server at {address} does not answer ({reason}); whether commands in flight took effect is not known: connect again and read before trying again",
  libraryLoading:
    "LOADING Meridian's function library is not in the region's server yet; it is loaded when the region's agent connects: try again",
  batchReply:
    "MERIDIAN_BADREPLY the function library answered a batch of {count} writes out of form; load the library of this version: npm run build, then restart the agent",
  crossSlot: "CROSSSLOT Keys in request don't hash to the same slot",
  gatheredTooLarge:
    "MERIDIAN_GATHERLIMIT what {command} reads in several hash slots takes more than {bytes} bytes, which the gateway does not put together: give the keys a common tag, '{user7}:name'",
  slotMoving:
    "TRYAGAIN slot {slot} has been on its way from one node of the region's cluster to another for more than {seconds} s; nothing was done: try again",
  slotsUnserved:
    "CLUSTERDOWN {count} hash slots are at no node of the region's cluster, so what all keys are is not known: wait until its nodes are up again",
  noCluster: "ERR This instance has cluster support disabled: {instead}",
  maxClients: "ERR max number of clients reached",
  unknownCommand: "ERR unknown command '{command}', with args beginning with: {preview}",
  unknownSubcommand: "ERR unknown subcommand '{subcommand}'. Try {command} HELP.",
  databaseIndex: "ERR DB index is out of range",
  protocol: "ERR Protocol error: {problem}",
  arity: "ERR wrong number of arguments for '{command}' command",
  nestedMulti: "ERR MULTI calls can not be nested",
  watchInMulti: "ERR WATCH inside MULTI is not allowed",
  notInTransaction: "ERR Command not allowed inside a transaction",
  execAborted: "EXECABORT Transaction discarded because of previous errors.",
  execArity: "EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command",
  betweenWrites:
    "EXECABORT Transaction discarded because of: MERIDIAN_UNSUPPORTED '{command}' between the writes of a transaction, which are one step in every region: put it before or after them",
  replyInMulti:
    "MERIDIAN_UNSUPPORTED 'CLIENT REPLY' within a transaction, whose reply is one: send it before MULTI or after EXEC",
  transactionTooLarge:
    "ERR the commands of a transaction take more than {bytes} bytes together, {each} for each beside its own: make several transactions of it",
  subscribed:
    "ERR Can't execute '{command}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context",
  streamGone: "UNBLOCKED the stream key no longer exists",
  unblocked: "UNBLOCKED client unblocked via CLIENT UNBLOCK",
  regionsUnknown:
    "MERIDIAN_CANNOTWAIT what other regions hold is not known ({reason}); what was written is in the log and on its way: wait again",
  badToken: "MERIDIAN_BADTOKEN this is no token of this deployment; MERIDIAN.TOKEN gives one: begin with a new one",
  badTokenWait: "MERIDIAN_BADWAIT MERIDIAN.WAIT takes a token and a number of milliseconds from 0 to {max}",
  tokenLost:
    "MERIDIAN_TOKENLOST the time is over, and what the token names of '{origin}' may never come, for nobody writes under that name any more: read what is there, and go on with a new token",
  standingUnknown: "MERIDIAN_NOSTANDING where the region stands is not known ({reason}): try again",
  relayStale:
    "MERIDIAN_STALE the data of this region may be older than {milliseconds} ms: read at the primary, or raise reads.stalenessMsMax",
  relayNoPrimary:
    "MERIDIAN_NOPRIMARY no region takes writes now (the last one known is '{region}'); nothing was done: try again",
  relayHeld:
    "MERIDIAN_HELD writes have been held for {seconds} s while the primary changes; nothing was done: try again",
  relayRefused:
    "MERIDIAN_UNSUPPORTED '{command}' would change roles or writes without the agents: use meridian failover, or connect to the server itself",
  relaySelect: "MERIDIAN_UNSUPPORTED 'SELECT' within a transaction, or while keys are watched: send it before",
  relayLost:
    "MERIDIAN_SERVERDOWN the connection to the server at {address} was lost ({reason}); whether the command took effect is not known: read before trying again",
  relayUnreached: "MERIDIAN_UNREACHED the server at {address} can't be reached ({reason}); nothing was done: try again",
  cannotWait:
    "MERIDIAN_CANNOTWAIT the agent's user may not watch keys on the region's server ({reason}), so nobody can wait for a value: grant it +hello +type +client|tracking",
} as const;

export type ReplyCode = keyof typeof replyTexts;
export type Details = Readonly<Record<string, string | number>>;

/** A RESP error line. Line ends inside become spaces, as Redis does it; text is latin1, so bytes stay bytes. */
export function errorReply(code: ReplyCode, details: Details = {}): Buffer {
  const text = fill(replyTexts[code], details).replace(/[\r\n]/g, " ");
  return Buffer.from(`-${text}\r\n`, "latin1");
}

export const gatewayErrorTexts = {
  MERIDIAN_PORTINUSE:
    "port {port} on {host} is in use; stop what listens there, or choose other ports with --base-port N",
  MERIDIAN_LISTEN: "cannot listen on {host}:{port} ({reason}); check the address and the permissions",
  MERIDIAN_GATEWAYPROCESS:
    "a process of the gateway did not start: {reason}; see the lines before in the agent's log, or set gateway.processes to 1",
  MERIDIAN_UNIXSOCKET:
    "cannot listen on the unix socket {path} ({reason}); check the folder and its permissions, or choose another path",
  MERIDIAN_SOCKETINUSE: "somebody listens on the unix socket {path}; stop who does, or choose another path",
  MERIDIAN_BADROOT: "the root '{root}' is not of the form mer:{tag}; use mer:{0} for a standalone server",
} as const;

export type GatewayErrorCode = keyof typeof gatewayErrorTexts;

export class GatewayError extends Error {
  override readonly name = "GatewayError";

  constructor(
    readonly code: GatewayErrorCode,
    readonly details: Details = {},
    cause?: unknown,
  ) {
    super(fill(gatewayErrorTexts[code], details), cause === undefined ? {} : { cause });
  }
}

function fill(text: string, details: Details): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole));
}
