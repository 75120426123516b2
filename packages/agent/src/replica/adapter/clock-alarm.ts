/**
 * Notices that the clocks of two regions' servers are apart by more than is good, for sure: by more than the limit even
 * where all of the measuring's uncertainty is taken off.
 */
import type { ClockSkew } from "../../link/index.js";
import { AlarmGate, alarmOf, type Alarm } from "../alarms.js";
import { replicaLimits } from "../limits.js";
import { adapterLimits } from "./limits.js";

export class ClockAlarm {
  private readonly gate = new AlarmGate(replicaLimits.alarmRepeatMs);

  constructor(private readonly raise: (alarm: Alarm) => void) {}

  look(peer: string, { ms, errorMs }: ClockSkew, nowMs: number): void {
    if (Math.abs(ms) - errorMs <= adapterLimits.clockSkewMsMax) return;
    const how = ms > 0 ? "ahead of" : "behind";
    const detail = `its clock is ${Math.round(Math.abs(ms))} ms ${how} ours, give or take ${Math.ceil(errorMs)} ms`;
    const alarm = alarmOf("REPLICA_CLOCK_SKEW", { peer }, detail);
    if (this.gate.admits(alarm, nowMs)) this.raise(alarm);
  }
}
