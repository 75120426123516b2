/**
 * The errors of this package: one table, code to text. A text says what is wrong and what to do;
 * `{name}` is filled from the details. Callers match on `code`, never on the text.
 */
export const engineErrorTexts = {
  MERIDIAN_BADOPTIONS: "{problem}; {remedy}",
  MERIDIAN_BADURL:
    "{url} is no address of a server ({problem}); write redis://[user:password@]host[:port], several as redis://host:port,host:port, or sentinel://host[:port],host[:port]/NAME",
  MERIDIAN_PORTINUSE:
    "port {port} on 127.0.0.1 is in use; stop what listens there, or choose other ports with --base-port N",
  MERIDIAN_DATAINUSE:
    "the data folder {dataDir} is in use by the server with process id {pid} on port {port}; stop it, or choose another folder with --data DIR",
  MERIDIAN_NOSERVER:
    "no valkey-server or redis-server 7.0 or newer on the PATH{found}; install one, or give the address of a running one",
  MERIDIAN_SERVERFAILED:
    "the server for port {port} ended while starting ({reason}); its log {logFile} ends with:\n{logTail}",
  MERIDIAN_STARTTIMEOUT:
    "the server at {address} did not become ready within {seconds} s ({reason}); look at its log, and whether the machine is overloaded",
  MERIDIAN_CLUSTERFORM:
    "the nodes of the cluster did not come together: waited {seconds} s for {what} ({reason}); look at server.log in the folders of the nodes, and whether the machine is overloaded",
  MERIDIAN_UNREACHABLE:
    "no answer from the server at {address} ({reason}); check the address, the password, and that it is running",
  MERIDIAN_NOPRIMARY: "no server is the primary of {servers} now: {problem}",
  MERIDIAN_SERVERDOWN:
    "the connection to the server at {address} was lost; whether the command took effect is not known: read before trying again",
  MERIDIAN_SLOTDOWN:
    "no node of region {region} takes commands for hash slot {slot} ({reason}), and nothing was done; look at CLUSTER INFO and CLUSTER NODES of its cluster",
  MERIDIAN_SLOTSBEHIND:
    "{count} hash slots of region {region} are down and have not got the changed list of members; they get it when their node is back",
  MERIDIAN_NODEEMPTIED:
    "the node at {address} lost all its data while it ran, as by a FLUSHALL past Meridian; its hash slots begin anew, and take in what other regions have",
  MERIDIAN_REQUIREMENTS: "the server at {address} cannot be used: {problems}",
  MERIDIAN_LIBRARYMISSING: "the function library {path} is not there; build it with: npm run build",
  MERIDIAN_LIBRARYHEADER:
    "the function library has no line '-- meridian <version> <digest>' after its shebang, and no version was given; build it anew with: npm run build",
  MERIDIAN_LIBRARYNEWER:
    "the server at {address} runs Meridian's library {loaded}, this program has {own}, and two versions never mix on one server; upgrade this program to {loaded} or newer",
  MERIDIAN_LIBRARYFOREIGN:
    "the server at {address} has a function library named 'meridian' that is not ours; look at it with FUNCTION LIST LIBRARYNAME meridian WITHCODE, then remove it with FUNCTION DELETE meridian",
  MERIDIAN_LIBRARYREFUSED:
    "the server at {address} refused to load the function library {own} ({reason}); see whether another library registers the function 'mer', and whether the user may call FUNCTION LOAD",
  MERIDIAN_CONFIGURE:
    "the server at {address} refused the regions {regions} for region {region} ({reason}); give every agent the same list of regions",
  MERIDIAN_STOPPED: "the engine of region {region} was stopped; start a new one",
} as const;

export type EngineErrorCode = keyof typeof engineErrorTexts;
export type ErrorDetails = Readonly<Record<string, string | number>>;

export class EngineError extends Error {
  override readonly name = "EngineError";

  constructor(
    readonly code: EngineErrorCode,
    readonly details: ErrorDetails = {},
    cause?: unknown,
  ) {
    super(fill(engineErrorTexts[code], details), cause === undefined ? {} : { cause });
  }
}

function fill(text: string, details: ErrorDetails): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole));
}

/** True where a command ended because its connection broke or could not be made: what ioredis itself says of it. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === "MaxRetriesPerRequestError" || error.message === "Connection is closed.";
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
