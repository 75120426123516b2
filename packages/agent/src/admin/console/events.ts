/**
 * What GET /api/events tells: the status of all regions each second, and that conflicts came or went. One look at the regions
 * serves all readers, and there is none while nobody reads.
 */
import type { ServerResponse } from "node:http";
import { AgentError } from "../../errors.js";
import { agentLimits } from "../../limits.js";
import type { StatusDocument } from "../documents.js";
import type { ConflictsEvent } from "./documents.js";
import { EventStream } from "./event-stream.js";

export class ConsoleEvents {
  private readonly streams = new Set<EventStream>();
  private timer: NodeJS.Timeout | undefined;
  private isLooking = false;
  private told: string | undefined;

  constructor(private readonly look: () => Promise<StatusDocument>) {}

  add(response: ServerResponse): void {
    const most = agentLimits.streamsMax;
    if (this.streams.size >= most) throw new AgentError("MERIDIAN_STREAMS", { most });
    const stream = new EventStream(response, () => {
      this.streams.delete(stream);
      if (this.streams.size === 0) this.rest();
    });
    this.streams.add(stream);
    this.timer ??= setInterval(() => void this.tick(), agentLimits.eventsEveryMs);
    void this.tick();
  }

  stop(): void {
    for (const stream of this.streams) stream.end();
    this.rest();
  }

  private rest(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.told = undefined;
  }

  private async tick(): Promise<void> {
    if (this.isLooking) return; // the one before takes long
    this.isLooking = true;
    try {
      const status = await this.look();
      const json = JSON.stringify(status);
      for (const stream of this.streams) stream.sendNewest("status", json);
      this.tellConflicts(status);
    } catch {
      return; // the next one says how it is
    } finally {
      this.isLooking = false;
    }
  }

  private tellConflicts({ atMs, regions }: StatusDocument): void {
    const known = regions.flatMap(({ region, conflicts }) =>
      conflicts === null ? [] : [[region, conflicts] as const],
    );
    const now = JSON.stringify(known);
    const isNews = this.told !== undefined && this.told !== now;
    this.told = now;
    if (!isNews) return;
    const event: ConflictsEvent = { atMs, regions: Object.fromEntries(known) };
    for (const stream of this.streams) stream.sendNewest("conflicts", JSON.stringify(event));
  }
}
