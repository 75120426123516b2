/**
 * The client's own errors: a code that stays, and a text that says what is wrong and what to do. They begin with the code,
 * as the server's errors do, and so go where an ioredis command's error goes. Some have Redis's exact words.
 */
export const clientErrorTexts = {
  MERIDIAN_NEEDSGATEWAY:
    "MERIDIAN_NEEDSGATEWAY '{command}' is about other regions, or waits in a cluster, which the gateway alone can do: send it to the region's gateway",
  MERIDIAN_CANNOTWAIT:
    "MERIDIAN_CANNOTWAIT this user may not watch keys on the region's server ({reason}): grant +type +subscribe +client|id +client|tracking and the channel __redis__:invalidate",
  MERIDIAN_PARTITIONS: "MERIDIAN_PARTITIONS nothing was done: {problem}",
  MERIDIAN_ALLSLOTS:
    "MERIDIAN_ALLSLOTS '{command}' is about every hash slot, and a function call about one: send it to the region's gateway",
  MERIDIAN_CLUSTERMULTI:
    "MERIDIAN_CLUSTERMULTI the connections to a cluster's nodes are shared, so MULTI by itself has no meaning: use multi() without { pipeline: false }",
  MERIDIAN_DATABASE: "MERIDIAN_DATABASE database {database} is not replicated: use 0, and prefixes of key names",
  MERIDIAN_BETWEENWRITES:
    "EXECABORT Transaction discarded because of: MERIDIAN_BETWEENWRITES '{command}' among the writes of a transaction, which are one step in every region: send it before MULTI or after EXEC",
  MERIDIAN_TRANSACTIONTOOLARGE:
    "MERIDIAN_TRANSACTIONTOOLARGE a transaction takes {commands} commands: make several transactions of it",
  MERIDIAN_BADCONNECT: "MERIDIAN_BADCONNECT connect cannot use what it was given: {problem}",
  MERIDIAN_NOSUCHREGION: "MERIDIAN_NOSUCHREGION there is no region '{region}' here: connect was given {known}",
  MERIDIAN_NOREGION:
    "MERIDIAN_NOREGION no region can be asked ({reasons}): look at the regions and the ways to them, and try again",
  MERIDIAN_REGIONDOWN:
    "MERIDIAN_REGIONDOWN region '{region}' can't be asked ({reason}), and nothing was sent to it: try again, or in another region",
  MERIDIAN_REGIONLOST:
    "MERIDIAN_REGIONLOST region '{region}' was lost with the operation under way ({reason}); whether what it writes took effect is not known: read before trying again",
  MERIDIAN_REGIONTIMEOUT:
    "MERIDIAN_REGIONTIMEOUT region '{region}' did not answer within {ms} ms; whether what was written took effect is not known: read before trying again",
  MERIDIAN_WRONGREGION:
    "MERIDIAN_WRONGREGION what answers at the address of region '{region}' is {found}: correct the address, or what it is reached through",
  MERIDIAN_BADTOKEN: "MERIDIAN_BADTOKEN this is no token of Meridian's: begin without one",
  MERIDIAN_SLOTTOKEN:
    "MERIDIAN_SLOTTOKEN region '{region}' is a cluster, where a token is of the connection that wrote: send MERIDIAN.TOKEN and MERIDIAN.WAIT on that itself",
  MERIDIAN_SESSIONBEHIND:
    "MERIDIAN_SESSIONBEHIND region '{region}' did not hold what this session has seen within {ms} ms, nor was there another one to go to: try again, or begin a session without its token, which may see older data",
  MERIDIAN_NOTOKEN:
    "MERIDIAN_NOTOKEN the operation was done in region '{region}', which was then lost before it could say where it stands ({reason}): other regions may be read before they have it",
  MERIDIAN_CLOSED: "MERIDIAN_CLOSED these regions were closed: connect again",
  MERIDIAN_BADPATTERN: "MERIDIAN_BADPATTERN {pattern} cannot use what it was given: {problem}",
  MERIDIAN_MOVING:
    "MERIDIAN_MOVING the home of '{user}' is on its way from region '{from}' to '{to}', which had not heard so within {ms} ms; nothing was written: try again",
  MERIDIAN_BADTAG: "MERIDIAN_BADTAG this is no tag of a write: read without one",
  MERIDIAN_WRITTENAWAY:
    "MERIDIAN_WRITTENAWAY region '{region}', where the last write went, can't be read ({reason}): try again, or read without the tag what may be older",
  MERIDIAN_OWNERAWAY:
    "MERIDIAN_OWNERAWAY '{key}' belongs to region '{region}', which can't be asked ({reason}), and nothing was sent to it: try again when it is back",
  MERIDIAN_TOOSTALE:
    "MERIDIAN_TOOSTALE what region '{region}' shows may be {staleMs} ms old, where {staleMsMax} are allowed, and region '{authority}' can't be read ({reason}): try again, or allow more",
  MERIDIAN_TOOFEWCOPIES:
    "MERIDIAN_TOOFEWCOPIES {done} of {all} copies did it, where {wanted} have to ({reasons}): try again, which does nothing twice",
  MERIDIAN_BADRESOLVER: "MERIDIAN_BADRESOLVER this is no resolver: {problem}",
  MERIDIAN_RESOLVERFAILED:
    "MERIDIAN_RESOLVERFAILED resolver '{resolver}' version {version} made nothing of a conflict ({reason}); what shows stays, and the rest beside it: correct the resolver, or settle it by hand",
  MERIDIAN_RESOLVERUNSTEADY:
    "MERIDIAN_RESOLVERUNSTEADY resolver '{resolver}' version {version} made different things of the same values: it must use nothing but what it is given, no clock and no chance; what shows stays",
  MERIDIAN_RESOLVERDISAGREES:
    "MERIDIAN_RESOLVERDISAGREES resolver '{resolver}' version {version} made different things of the same values in {regions}: it is not the same everywhere, or uses more than it is given; the latest shows; give changed code a higher version",
  MERIDIAN_RESOLVERLOOPS:
    "MERIDIAN_RESOLVERLOOPS resolver '{resolver}' version {version} settled one place {times} times within {ms} ms, so that place is let be for now: look for other writers of it, and for resolvers that undo each other",
  LOADING:
    "LOADING Meridian's function library is not in the region's server yet; it is loaded when the region's agent connects: try again",
  arity: "ERR wrong number of arguments for '{command}' command",
  nestedMulti: "ERR MULTI calls can not be nested",
  watchInMulti: "ERR WATCH inside MULTI is not allowed",
  streamGone: "UNBLOCKED the stream key no longer exists",
  crossSlot: "CROSSSLOT Keys in request don't hash to the same slot",
  execAborted: "EXECABORT Transaction discarded because of previous errors.",
} as const;

export type ClientErrorCode = keyof typeof clientErrorTexts;

/** `name` is that of a server's error, which programs look for. */
export class ClientError extends Error {
  override readonly name: string = "ReplyError";

  constructor(
    readonly code: ClientErrorCode,
    details: Readonly<Record<string, string | number>> = {},
  ) {
    super(clientErrorTexts[code].replace(/\{(\w+)\}/g, (whole, key: string) => String(details[key] ?? whole)));
  }
}

/** Of regions and sessions: what no server said. */
export class RegionError extends ClientError {
  override readonly name: string = "RegionError";
}
