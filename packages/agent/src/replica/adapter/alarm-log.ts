/** The alarms raised so far, the same about the same thing counted as one, and a way out that does not flood. */
import { AlarmGate, type Alarm } from "../alarms.js";
import { replicaLimits } from "../limits.js";
import { adapterLimits } from "./limits.js";

/** An alarm, when it was raised first and last (Unix ms), and how often. */
export interface RaisedAlarm extends Alarm {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly count: number;
}

export class AlarmLog {
  private readonly raised = new Map<string, RaisedAlarm>();
  private readonly gate = new AlarmGate(replicaLimits.alarmRepeatMs);

  constructor(private readonly onAlarm: (alarm: Alarm) => void) {}

  raise(alarm: Alarm, nowMs: number): void {
    const key = `${alarm.code} ${alarm.peer ?? ""} ${alarm.origin ?? ""}`;
    const before = this.raised.get(key);
    this.raised.delete(key);
    this.raised.set(key, {
      ...alarm,
      firstMs: before?.firstMs ?? nowMs,
      lastMs: nowMs,
      count: (before?.count ?? 0) + 1,
    });
    if (this.raised.size > adapterLimits.alarmsMax) this.raised.delete(this.raised.keys().next().value!);
    if (this.gate.admits(alarm, nowMs)) this.onAlarm(alarm);
  }

  /** Latest last. */
  list(): readonly RaisedAlarm[] {
    return [...this.raised.values()];
  }
}
