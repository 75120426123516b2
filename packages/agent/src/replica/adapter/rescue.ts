/**
 * After another server became the region's primary: takes over what the former one still has in its own log and the new one lacks.
 * A failover takes seconds, and meanwhile the former primary acknowledges writes that the new one never gets; when it is made a replica they
 * are gone. Until then it gives them, as any other region would give them back.
 *
 * It is tried for a while, and promises nothing: a former primary that is dead, or a replica already, has nothing to give. Each agent of
 * the region tries, for which one is active is agreed upon anew at that time; an entry that came is skipped.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Engine } from "@meridian/engine";
import { adapterLimits } from "./limits.js";
import { framesAfter, recordsOf } from "./records.js";
import { applyFrames, readState } from "./server-calls.js";

type Connection = ReturnType<Engine["duplicate"]>;

export class Rescue {
  private halt = new AbortController();
  private isDue = false;

  constructor(private readonly engine: Engine) {}

  start(): void {
    this.engine.on("moved", this.onMoved);
    this.engine.on("up", this.onUp);
  }

  stop(): void {
    this.engine.off("moved", this.onMoved);
    this.engine.off("up", this.onUp);
    this.halt.abort();
  }

  private readonly onMoved = (): void => {
    this.halt.abort();
    this.isDue = this.engine.hasPrimary;
  };

  private readonly onUp = (): void => {
    const former = this.isDue ? this.engine.former() : undefined;
    this.isDue = false;
    if (former === undefined) return;
    this.halt = new AbortController();
    void this.work(former, this.halt.signal).finally(() => former.disconnect());
  };

  private async work(former: Connection, signal: AbortSignal): Promise<void> {
    const endMs = performance.now() + adapterLimits.rescueMsMax;
    while (!signal.aborted && performance.now() < endMs) {
      try {
        if (!(await this.takeOver(former, signal))) await pause(signal);
      } catch (error) {
        if (error instanceof Error && error.message.startsWith("READONLY")) return; // it is a replica now
        await pause(signal);
      }
    }
  }

  /** One read; false: there was nothing, or it must wait for what other regions give. */
  private async takeOver(former: Connection, signal: AbortSignal): Promise<boolean> {
    const { engine } = this;
    const { rescueEntriesMax, rescueBytesMax } = adapterLimits;
    const origin = await former.hget(engine.root, "origin");
    if (origin === null) return false;
    const after = (await readState(engine)).vector.get(origin) ?? 0;
    const bounds = [String(rescueEntriesMax), String(rescueBytesMax)];
    const reply = await former.callBuffer(
      "FCALL",
      "mer_free",
      "1",
      engine.root,
      "read",
      origin,
      String(after),
      ...bounds,
    );
    const records = recordsOf(reply);
    if (records.length === 0 || signal.aborted) return false;
    const answer = await applyFrames(engine, origin, framesAfter(records, after, Infinity));
    return answer !== undefined && answer.applied > 0;
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  await delay(adapterLimits.rescueLookMs, undefined, { signal }).catch(() => undefined);
}
