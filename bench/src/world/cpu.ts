/**
 * What a process uses, from /proc: CPU time so far, of all its threads, from <pid>/stat (utime + stime, in clock ticks),
 * and memory now, from <pid>/status.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { BenchError, textOf } from "../errors.js";

/** Places after the command's name, which is in parentheses and may contain anything. */
const [UTIME, STIME] = [11, 12];
let ticksPerSecond: number | undefined;

export function cpuMsOf(pid: number): number {
  try {
    ticksPerSecond ??= Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
    return (ticksIn(readFileSync(`/proc/${pid}/stat`, "latin1")) * 1000) / ticksPerSecond;
  } catch (error) {
    throw new BenchError("BENCH_NOPROC", { pid, reason: textOf(error) }, error);
  }
}

export function ticksIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[UTIME]) + Number(fields[STIME]);
  if (!Number.isSafeInteger(ticks)) throw new RangeError("no utime and stime in it");
  return ticks;
}

export function residentBytesOf(pid: number): number {
  try {
    const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]);
    if (!(kilobytes > 0)) throw new RangeError("no VmRSS in it");
    return kilobytes * 1024;
  } catch (error) {
    throw new BenchError("BENCH_NOPROC", { pid, reason: textOf(error) }, error);
  }
}

/** What each of the processes used since it was made. */
export class CpuMeter {
  private readonly before: Map<string, number>;

  constructor(private readonly pids: Readonly<Record<string, number>>) {
    this.before = new Map(Object.entries(pids).map(([name, pid]) => [name, cpuMsOf(pid)]));
  }

  usedMs(): Record<string, number> {
    const used = Object.entries(this.pids).map(([name, pid]) => [name, cpuMsOf(pid) - this.before.get(name)!] as const);
    return Object.fromEntries(used);
  }
}
