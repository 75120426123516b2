/** Redis's errors for streams, to the letter; %k and %g stand for the names of a key and a group. */
import { refuse, type ErrorReply } from "../errors.js";

export const streamErrors = {
  id: "ERR Invalid stream ID specified as stream command argument",
  order: "ERR The ID specified in XADD is equal or smaller than the target stream top item",
  zero: "ERR The ID specified in XADD must be greater than 0-0",
  exhausted: "ERR The stream has exhausted the last possible ID, unable to add more items",
  trimTwice: "ERR syntax error, MAXLEN and MINID options at the same time are not compatible",
  trimNothing: "ERR syntax error, XTRIM must be called with a trimming strategy",
  maxLength: "ERR The MAXLEN argument must be >= 0.",
  limitNegative: "ERR The LIMIT argument must be >= 0.",
  limitAlone: "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy",
  limitExact: "ERR syntax error, LIMIT cannot be used without the special ~ option",
  readNegative: "ERR value for ENTRIESREAD must be positive or -1",
  groupNoKey:
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.",
  busyGroup: "BUSYGROUP Consumer Group name already exists",
  readNoGroupAt: "NOGROUP No such key '%k' or consumer group '%g' in XREADGROUP with GROUP option",
  readNoGroup: "ERR Missing GROUP option for XREADGROUP",
  readUnbalanced: "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
  readLastOnly:
    "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.",
  timeoutNotInteger: "ERR timeout is not an integer or out of range",
  timeoutNegative: "ERR timeout is negative",
} as const;

/** Redis prints a name inside an error to its first zero byte. */
function printed(name: string): string {
  const end = name.indexOf("\0");
  return end < 0 ? name : name.substring(0, end);
}

/** The error that names a key and a group. */
export function noGroupAt(key: string, group: string): ErrorReply {
  const [before, middle, after] = streamErrors.readNoGroupAt.split("%") as [string, string, string];
  return refuse(before + printed(key) + middle.substring(1) + printed(group) + after.substring(1));
}

/** What XGROUP answers to arguments that it can't tell apart. */
export function subcommandError(given: string): ErrorReply {
  return refuse(`ERR unknown subcommand or wrong number of arguments for '${printed(given)}'. Try XGROUP HELP.`);
}

const NAME_SHOWN_MAX = 128;

export function unknownSubcommand(given: string): ErrorReply {
  return refuse(`ERR unknown subcommand '${printed(given).substring(0, NAME_SHOWN_MAX)}'. Try XGROUP HELP.`);
}
