/** Every bound of this package, by name. Times are milliseconds. */
export const limits = {
  /** For so long after the server refused a command for its memory, scripts and transactions are told to be sparing. */
  fullMs: 1000,
  /** Commands of one transaction. */
  transactionCommandsMax: 100_000,
} as const;
