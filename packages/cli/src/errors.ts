/** The errors of the command line: one table, code to text. A text says what is wrong and what to do. */
export const cliErrorTexts = {
  MERIDIAN_NOSTART:
    "no start of Meridian answers at 127.0.0.1:{port}; start it with: npm start, or name its base port with --base-port N",
  MERIDIAN_NOTMERIDIAN:
    "what answers at 127.0.0.1:{port} is not Meridian's admin API ({reason}); name the start's base port with --base-port N",
  MERIDIAN_SLOW:
    "no answer from 127.0.0.1:{port} within {seconds} s; look at its terminal, or whether the machine is overloaded",
  MERIDIAN_NOADMIN:
    "no admin API of Meridian answers at {url} ({reason}); start it, or name the right ones with --base-port N or --admin URL",
  MERIDIAN_NOADMINTOKEN:
    "no token can be read from {file} ({reason}); let {variable} name the file of admin.tokenFile, or unset it",
  MERIDIAN_BADADMIN: "--admin {url} is no address of an admin API; write http://HOST:PORT, once for each region",
  MERIDIAN_BADWAIT: "--wait {wait} is no number of seconds from 0 to 3600; give --wait 30",
  MERIDIAN_BADREGIONWAIT: "--wait {wait} is no number of seconds from 0 to 86400; give --wait 300",
  MERIDIAN_CONFIRM: "nothing was done; if that may be lost, run: meridian region forget {names} --yes",
  MERIDIAN_CONFIRMFAILOVER: "nothing was done; if that may be lost, run: meridian failover --to {to} --force --yes",
  MERIDIAN_CHANGELOST:
    "another change of the regions was first, and this one was given up; see 'meridian region list', and run it again",
  MERIDIAN_CHANGEWAITS: "not done after {seconds} s ({progress}); it goes on by itself, see 'meridian region list'",
  MERIDIAN_NOFROM:
    "no region is right by itself: say whose values are to replace those of the others with --from REGION ({regions}); what they have is saved to a file first",
  MERIDIAN_BADFROM: "--from {from} is no region that answers; there are: {regions}",
  MERIDIAN_REPAIRALL: "a repair needs every region, with all writes of the others ({why}); mend that, then repair",
  MERIDIAN_NOSAVE:
    "the file {file}, for what a repair overwrites, can't be made ({reason}); name another one with --save FILE",
  MERIDIAN_NONEEDS: "nothing says {missing}; ask on a terminal, or give {option} or --file needs.yaml",
  MERIDIAN_BADNEED: "{place} {value}: {problem}; {remedy}",
  MERIDIAN_NONEEDSFILE: "the needs in {file} can't be read ({reason}); give the path of a YAML file with --file FILE",
  MERIDIAN_BADNUMBER: "{flag} {text} is no number from {from} to {to}; give one",
  MERIDIAN_NOREPORT:
    "the report {file} can't be written ({reason}); name another file, one that is not there yet, with --report FILE",
  MERIDIAN_NOPROBEREPORT:
    "{file} can't be read as a report of a probe ({reason}); make one with: meridian probe --report FILE.json",
  MERIDIAN_BADGATEWAY:
    "--gateway {text} names no region's gateway; write REGION=redis://HOST:PORT or REGION=rediss://USER:PASSWORD@HOST:PORT",
  MERIDIAN_NOSUCHREGION: "{region} is no region of this deployment; there are: {regions}",
  MERIDIAN_NOGATEWAY:
    "no gateway can be written to or read from ({reason}); name them with --gateway REGION=redis://HOST:PORT",
  MERIDIAN_MODEAWAY:
    "{region} can't be asked ({problem}): what it has would be lost; when it answers, run this again; nothing was changed",
  MERIDIAN_MODEWAITS:
    "{primary} does not have all that the others have written after {seconds} s; they take no writes meanwhile: mend the links and run this again, or take it back with: meridian mode active-active",
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
