/** What the replica machine can't mend alone. Each message says what is wrong and what to do; `code` is stable. */
export const alarmCodes = {
  REPLICA_BAD_ENTRY: "an entry that can't be read came in; it was not applied and the link was closed",
  REPLICA_UNKNOWN_REGION: "entries of a region that is not configured came in; name it in 'regions' of every agent",
  REPLICA_MEMBERS_DIFFER:
    "two regions know different lists of regions, made at once; see which of the two the other regions have",
  REPLICA_REGION_FORGOTTEN:
    "the other regions have forgotten this one, it takes no writes any more; save what only it has, and start it empty under a new name",
  REPLICA_CLOCK_AHEAD: "entries are stamped too far ahead of this server's clock and wait; set the clocks right",
  REPLICA_CLOCK_SKEW: "the clocks of two regions' servers are too far apart; let NTP set both",
  REPLICA_APPLY_FAILED: "the server refuses to apply entries, they are tried again; see its message",
  REPLICA_SERVER_FULL:
    "the server's memory is full, what other regions wrote waits; raise maxmemory, or delete keys by the gateway",
  REPLICA_DISK_FAILED:
    "the server can't write to its disk and refuses all writes, what other regions wrote waits; free space on that disk",
  REPLICA_DISK_SLOW:
    "what was written is not on the server's disk yet, and all regions keep their logs for it; see what slows that disk",
  REPLICA_WAITING: "entries wait for others that nobody has brought; mend the links to the regions that have them",
  REPLICA_NEEDS_STATE_SYNC:
    "the log no longer reaches back to where the peer stands; it catches up by state when it is linked, there is nothing to do",
  REPLICA_STATE_SYNC_FAILED: "the state of another region can't be taken in, it is tried again; see the message",
  REPLICA_LOGS_TOO_LARGE:
    "the logs take more than retention.logBytesMax, and too few regions hold what is in them; mend the links, or give the server memory",
  REPLICA_LINK_REFUSED: "a link was refused",
  REPLICA_LINK_CORRUPT: "a link brought what can't be read; it was closed, nothing of it was applied",
  REPLICA_LINK_CERTIFICATE: "the certificate of links was not exchanged, the one before stays in use",
  REPLICA_TRIM_FAILED: "the server refuses to trim a log, it grows; see its message",
  REPLICA_FOLD_FAILED: "the server refuses to fold former incarnations away, vectors stay long; see its message",
  REPLICA_SWEEP_FAILED: "the server refuses to sweep expired keys, they are not removed elsewhere; see its message",
} as const;

export type AlarmCode = keyof typeof alarmCodes;

export interface Alarm {
  readonly code: AlarmCode;
  readonly message: string;
  readonly peer?: string;
  readonly origin?: string;
}

/** The alarm with its whole text: what the code says, about what, and the detail. */
export function alarmOf(code: AlarmCode, about: About, detail: string): Alarm {
  const names = [
    about.origin === undefined ? "" : `origin ${about.origin}`,
    about.peer === undefined ? "" : `peer ${about.peer}`,
  ];
  const place = names.filter((name) => name !== "").join(", ");
  const inside = [place, detail].filter((text) => text !== "").join(": ");
  return { code, message: inside === "" ? alarmCodes[code] : `${alarmCodes[code]} (${inside})`, ...about };
}

export interface About {
  readonly peer?: string;
  readonly origin?: string;
}

/** What the server refused: its cause, where the server's error names one that is not of this entry or log alone. */
export function refusalOf(message: string, otherwise: AlarmCode, about: About): { code: AlarmCode; about: About } {
  if (message.startsWith("OOM ")) return { code: "REPLICA_SERVER_FULL", about: {} };
  if (message.startsWith("MISCONF ")) return { code: "REPLICA_DISK_FAILED", about: {} };
  return { code: otherwise, about };
}

/** Lets the same alarm through once in a while only. */
export class AlarmGate {
  private readonly raisedAtMs = new Map<string, number>();
  private readonly repeatMs: number;

  constructor(repeatMs: number) {
    this.repeatMs = repeatMs;
  }

  /** True where it was not raised lately. */
  admits(alarm: Alarm, nowMs: number): boolean {
    const key = `${alarm.code} ${alarm.peer ?? ""} ${alarm.origin ?? ""}`;
    const before = this.raisedAtMs.get(key);
    if (before !== undefined && nowMs - before < this.repeatMs) return false;
    this.raisedAtMs.set(key, nowMs);
    return true;
  }
}
