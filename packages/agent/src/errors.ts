/**
 * The errors of configuration, the admin API and the local start: one table, code to HTTP status and text. A text says
 * what is wrong and what to do; `{name}` is filled from the details. Callers match on `code`, never on the text.
 */
export const agentErrors = {
  MERIDIAN_BADCONFIG: { status: 400, text: "{place}: {problem}; {remedy}" },
  MERIDIAN_NOCONFIG: {
    status: 400,
    text: "the configuration {file} can't be read ({reason}); give its path with --config FILE",
  },
  MERIDIAN_BADOPTION: { status: 400, text: "{option} {value}: {problem}; {remedy}" },
  MERIDIAN_BADREQUEST: { status: 400, text: "{problem}; {remedy}" },
  MERIDIAN_UNKNOWNLINK: {
    status: 400,
    text: "'{region}' is no region here; there are: {regions}",
  },
  MERIDIAN_NOSUCHREGION: { status: 400, text: "'{region}' is no region that answers here; there are: {regions}" },
  MERIDIAN_NOREGION: { status: 400, text: "there is no region {region}; there are: {regions}" },
  MERIDIAN_NAMEUSED: {
    status: 409,
    text: "the name {region} belongs to a region that is {status} here, and is used for no other; choose another name",
  },
  MERIDIAN_TOOMANYREGIONS: {
    status: 409,
    text: "a deployment has {max} places for regions, also for those that are gone; begin a new one, and move the data there",
  },
  MERIDIAN_CHANGEUNDERWAY: {
    status: 409,
    text: "another change is under way: {change}, proposed in {by}; when {regions} are linked it ends by itself, then try again; a region that never comes back is to be forgotten first",
  },
  MERIDIAN_LASTREGION: { status: 409, text: "{region} is the last region; stop its agent instead" },
  MERIDIAN_FORGETSELF: {
    status: 409,
    text: "a region can't forget itself; ask the agent of another one than {region}",
  },
  MERIDIAN_REGIONALIVE: {
    status: 409,
    text: "{region} is linked right now; remove it with 'meridian region remove {region}', or stop its agent first",
  },
  MERIDIAN_MEMBERSUNSYNCED: {
    status: 503,
    text: "{region} made a list of regions that is not on its disk yet: it is told in a few seconds",
  },
  MERIDIAN_NOTMEMBER: {
    status: 409,
    text: "{region} is joining, leaving or gone, and changes nothing about others; ask the agent of another region",
  },
  MERIDIAN_CROSSSITE: {
    status: 403,
    text: "a request from the page {origin} is not accepted; use the command line, or send it without an Origin header",
  },
  MERIDIAN_SIGNIN: { status: 401, text: "this needs a sign-in: {how}" },
  MERIDIAN_BADSIGNIN: { status: 401, text: "{what} is not accepted; {remedy}" },
  MERIDIAN_SIGNINWAIT: {
    status: 429,
    text: "too many sign-ins from this address were not accepted; try again in {seconds} s",
  },
  MERIDIAN_NOADMINISTRATOR: {
    status: 403,
    text: "the user {user} is none who may change users; the console shows all keys, so sign in with one who has +acl",
  },
  MERIDIAN_READONLY: {
    status: 403,
    text: "this console only shows; set admin.console.actions: true in the agent's configuration to allow {what}",
  },
  MERIDIAN_NOGATEWAY: {
    status: 503,
    text: "the gateway of {region} can't be used from here: {reason}; the status says how the region is",
  },
  MERIDIAN_PAGES: {
    status: 503,
    text: "{most} connections of pages are open here, which is the most; close a page, or wait until one idles",
  },
  MERIDIAN_NOTHERE: {
    status: 400,
    text: "{command} is not for the console: {reason}; use redis-cli on the gateway",
  },
  MERIDIAN_REFUSED: { status: 409, text: "the server says: {reason}; change the command, or the rights of the user" },
  MERIDIAN_NOLOSER: {
    status: 409,
    text: "this loser is not there any more: somebody wrote the key meanwhile; look at it again",
  },
  MERIDIAN_NORESTORE: { status: 409, text: "it can't be restored with one click: {reason}" },
  MERIDIAN_NOTONE: { status: 400, text: "this is asked of the agent of one region; a local start has several" },
  MERIDIAN_PEER: {
    status: 502,
    text: "the agent of {region} at {address} is not asked with success: {reason}; see that it runs, and that admin.tokenFile is the same",
  },
  MERIDIAN_NOPEER: {
    status: 404,
    text: "the admin API of {region} is not known here; name it under admin.console.peers",
  },
  MERIDIAN_STREAMS: {
    status: 503,
    text: "{most} pages are watching here, which is the most; close one of them",
  },
  MERIDIAN_NOSUCHPATH: { status: 404, text: "there is nothing at {path}; see: {paths}" },
  MERIDIAN_LOCALONLY: {
    status: 404,
    text: "only a local start can cut links and end servers, this is an agent of a real deployment; stop the agent, or its network, to cut it off",
  },
  MERIDIAN_BADMETHOD: { status: 405, text: "{method} is not for {path}; use {allowed}" },
  MERIDIAN_TOOLARGE: { status: 413, text: "the body is longer than {bytesMax} bytes; send less" },
  MERIDIAN_PLAINDATA: {
    status: 500,
    text: "the server {server} of {region} holds keys that were not written through Meridian; set adopt: true under server: if this is the one region whose data all are to have, else empty the server (FLUSHALL)",
  },
  MERIDIAN_STANDBY: {
    status: 409,
    text: "this agent of {region} is not the one that does this for the region; ask {active}",
  },
  MERIDIAN_AGENTDOWN: {
    status: 503,
    text: "the agent of {region} is not running; it is started again by itself, try again in a moment",
  },
  MERIDIAN_AGENTFAILED: { status: 500, text: "the agent of {region} could not start: {reason}" },
  MERIDIAN_DATALOCKED: {
    status: 500,
    text: "the data folder {dataDir} belongs to the start with process id {pid} and base port {basePort}; stop it, or choose another folder with --data DIR",
  },
  MERIDIAN_DATAKIND: {
    status: 500,
    text: "the data of {region} in {path} is that of {kept}; start {option}, give another folder with --data DIR, or begin empty with --fresh",
  },
  MERIDIAN_ONLYACTIVE: {
    status: 409,
    text: "one region takes the writes here, and {what} belongs to active-active; see docs/operating/active-passive.md",
  },
  MERIDIAN_ONLYPASSIVE: {
    status: 409,
    text: "every region takes writes here, so there is no primary to change; {what} is for mode: active-passive",
  },
  MERIDIAN_PASSIVEDATA: {
    status: 500,
    text: "the server {server} of {region} holds {keys} keys, and was never part of this deployment: as a replica of {primary} it would lose them; empty it (FLUSHALL), or name {region} as activePassive.primary",
  },
  MERIDIAN_ALREADYPRIMARY: { status: 409, text: "{region} is the primary already; name another region with --to" },
  MERIDIAN_FAILOVERUNDERWAY: {
    status: 409,
    text: "another failover is under way ({what}); wait until it is over, see meridian status",
  },
  MERIDIAN_FAILOVERLAGS: {
    status: 409,
    text: "{region} is {bytes} bytes behind the primary, more than failover.lagBytesMax ({bytesMax}); wait until it has caught up, or choose another region",
  },
  MERIDIAN_NOTFOLLOWING: {
    status: 409,
    text: "{region} can't become the primary in order: {problem}; mend that, choose another region, or lose what it lacks with --force",
  },
  MERIDIAN_FAILOVERFAILED: {
    status: 503,
    text: "the failover to {region} was given up at this step: {step} ({reason}); {primary} is the primary as before, and takes writes again: try again",
  },
  MERIDIAN_FAILOVERUNKNOWN: {
    status: 503,
    text: "whether {region} became the primary is not known ({reason}); see meridian status in a few seconds",
  },
  MERIDIAN_PRIMARYALIVE: {
    status: 409,
    text: "the primary {region} is there and takes writes; leave out --force, and nothing is lost",
  },
  MERIDIAN_NOTTHEPRIMARY: {
    status: 409,
    text: "{region} is not the primary of epoch {epoch} (any more); try again in a moment",
  },
  MERIDIAN_NOPRIMARYYET: { status: 409, text: "no region is the primary yet ({problem}); see meridian status" },
  MERIDIAN_MODEBYRESTART: {
    status: 409,
    text: "a region leaves active-passive as its agent is started with mode: active-active, the primary's last; see docs/operating/changing-mode.md",
  },
  MERIDIAN_STILLACTIVE: {
    status: 409,
    text: "the data of {region} are those of an active-active region that takes writes: start it with mode: active-active, run 'meridian mode active-passive --primary {primary}', then restart all with mode: active-passive",
  },
  MERIDIAN_OTHERPRIMARY: {
    status: 409,
    text: "the regions were made ready for {primary} to be the primary, and activePassive.primary is {configured}: configure {primary}, or run 'meridian mode active-passive --primary {configured}' with mode: active-active",
  },
  MERIDIAN_STILLPASSIVE: {
    status: 409,
    text: "the agents of {regions} still run mode: active-passive and write to this region's server: restart them with mode: active-active first, they wait for this one",
  },
  MERIDIAN_NOPASSIVEPLACE: {
    status: 400,
    text: "{region} is to become a copy of {primary} once more, and the configuration does not say where its server is: give {primary} its server: host:port under regions",
  },
  MERIDIAN_INTERNAL: { status: 500, text: "a fault of Meridian itself: {reason}; please report it with the log" },
} as const;

export type AgentErrorCode = keyof typeof agentErrors;
export type ErrorDetails = Readonly<Record<string, string | number>>;

export class AgentError extends Error {
  override readonly name = "AgentError";

  constructor(
    readonly code: AgentErrorCode,
    readonly details: ErrorDetails = {},
    cause?: unknown,
  ) {
    super(fill(agentErrors[code].text, details), cause === undefined ? {} : { cause });
  }

  get status(): number {
    return agentErrors[this.code].status;
  }
}

function fill(text: string, details: ErrorDetails): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole));
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `CODE text` of any of our errors, for logs and replies. */
export function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === "string" ? code : "MERIDIAN_INTERNAL";
}
