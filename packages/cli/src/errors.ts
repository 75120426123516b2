/** The errors of the command line: one table, code to text. A text says what is wrong and what to do. */
export const cliErrorTexts = {
  MERIDIAN_NOSTART:
    "no start of Meridian answers at 127.0.0.1:{port}; start it with: npm start, or name its base port with --base-port N",
  MERIDIAN_NOTMERIDIAN:
    "what answers at 127.0.0.1:{port} is not Meridian's admin API ({reason}); name the start's base port with --base-port N",
  MERIDIAN_SLOW:
    "no answer from 127.0.0.1:{port} within {seconds} s; look at its terminal, or whether the machine is overloaded",
  MERIDIAN_TOOLMISSING: "{tool} is part of a checkout and is not here; clone the repository and use: npm run {tool}",
} as const;

export type CliErrorCode = keyof typeof cliErrorTexts;

export class CliError extends Error {
  override readonly name = "CliError";

  constructor(
    readonly code: CliErrorCode,
    details: Readonly<Record<string, string | number>>,
    cause?: unknown,
  ) {
    const text = cliErrorTexts[code].replace(/\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole));
    super(text, cause === undefined ? {} : { cause });
  }
}

/** What the admin API refused, in its own words. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
