/** The exact texts of the errors that only streams answer with; %k and %g stand for a key's and a group's name. */

const toldNotToUseLast =
  "you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. " +
  "The $ ID would just return an empty result set.";

export const streamErrors = {
  streamExhausted: "ERR The stream has exhausted the last possible ID, unable to add more items",
  streamIntervalStart: "ERR invalid start ID for the interval",
  streamIntervalEnd: "ERR invalid end ID for the interval",
  streamTrimTwice: "ERR syntax error, MAXLEN and MINID options at the same time are not compatible",
  streamTrimNothing: "ERR syntax error, XTRIM must be called with a trimming strategy",
  streamMaxLength: "ERR The MAXLEN argument must be >= 0.",
  streamLimitNegative: "ERR The LIMIT argument must be >= 0.",
  streamLimitAlone: "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy",
  streamLimitExact: "ERR syntax error, LIMIT cannot be used without the special ~ option",
  streamAddedNegative: "ERR entries_added must be positive",
  streamAddedBelowLength: "ERR The entries_added specified in XSETID is smaller than the target stream length",
  streamSetBelowGiven: "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
  streamSetBelowTop: "ERR The ID specified in XSETID is smaller than the target stream top item",
  streamReadNegative: "ERR value for ENTRIESREAD must be positive or -1",
  streamGroupNoKey:
    "ERR The XGROUP subcommand requires the key to exist. " +
    "Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.",
  busyGroup: "BUSYGROUP Consumer Group name already exists",
  noGroup: "NOGROUP No such consumer group '%g' for key name '%k'",
  noKeyOrGroup: "NOGROUP No such key '%k' or consumer group '%g'",
  readNoKeyOrGroup: "NOGROUP No such key '%k' or consumer group '%g' in XREADGROUP with GROUP option",
  readGroupOption: "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.",
  readNoAckOption: "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.",
  readNoGroup: "ERR Missing GROUP option for XREADGROUP",
  readUnbalanced: "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
  readNewOnly: "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
  readLastOnly: `ERR The $ ID is meaningless in the context of XREADGROUP: ${toldNotToUseLast}`,
  timeoutNotInteger: "ERR timeout is not an integer or out of range",
  timeoutNegative: "ERR timeout is negative",
  countNotPositive: "ERR COUNT must be > 0",
} as const;
