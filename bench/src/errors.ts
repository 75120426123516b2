/** The errors of this package: one table, code to text; a text says what is wrong and what to do. */
export const benchErrorTexts = {
  BENCH_BADOPTION: "{option} {value}: {problem}; {remedy}",
  BENCH_NOSERVER:
    "the benchmarks measure a native server, and there is no valkey-server or redis-server 7.0 or newer on the PATH; install one",
  BENCH_NOPROC:
    "the CPU time or memory of process {pid} can't be read from /proc ({reason}); run the benchmarks on Linux",
  BENCH_LOADFAILED: "the load on port {port} failed: {reason}",
  BENCH_REPLYERROR: "the server answered with an error where none was expected: {reply}",
  BENCH_BADREPLY: "the server's bytes are no RESP2 reply ({reason}); see what listens on port {port}",
  BENCH_CHILDFAILED: "the process {name} ended or failed: {reason}",
  BENCH_NOTAPPLIED: "entries recorded in one region were not applied in another: {reply}",
  BENCH_NOMARKERS: "{path} has no lines '{begin}' and '{end}', between which the results go; put them back",
} as const;

export type BenchErrorCode = keyof typeof benchErrorTexts;

export class BenchError extends Error {
  override readonly name = "BenchError";

  constructor(
    readonly code: BenchErrorCode,
    details: Readonly<Record<string, string | number>> = {},
    cause?: unknown,
  ) {
    super(fill(benchErrorTexts[code], details), cause === undefined ? {} : { cause });
  }
}

function fill(text: string, details: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole));
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
