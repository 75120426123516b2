/**
 * Which errors say that the region is not there, rather than that the command was wrong: then another region may do better.
 * The codes at the beginning of replies are the servers' and the gateway's.
 */
const LOST_CODES: ReadonlySet<string> = new Set([
  "LOADING",
  "MASTERDOWN",
  "CLUSTERDOWN",
  "READONLY",
  "MISCONF",
  "MERIDIAN_SERVERDOWN",
  "MERIDIAN_NOTCONFIGURED",
]);
/** Redis's words to a client of which there are too many. */
const TOO_MANY = "ERR max number of clients reached";
/** ioredis's own errors, which have no codes. */
const LOST_TEXTS: readonly string[] = [
  "Connection is closed.",
  "Stream isn't writeable and enableOfflineQueue options is false",
  "Command aborted due to connection close",
  "Command timed out",
];

export function isRegionFailure(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if (error.name === "ReplyError") {
    return LOST_CODES.has(error.message.split(" ", 1)[0] ?? "") || error.message.startsWith(TOO_MANY);
  }
  if (error.name === "MaxRetriesPerRequestError" || LOST_TEXTS.includes(error.message)) return true;
  const { syscall } = error as NodeJS.ErrnoException;
  return syscall === "connect" || syscall === "read" || syscall === "write" || syscall === "getaddrinfo";
}
