/** The agent's side of a process's RemoteRegion: answers what that process asks, and tells what it must know at once. */
import type { RegionService } from "../region-service.js";
import type { FromRegion, ToRegion } from "./messages.js";

export class RegionDesk {
  private readonly waits = new Map<number, AbortController>();
  private section = "";

  constructor(
    private readonly service: RegionService,
    private readonly tell: (message: FromRegion) => void,
  ) {}

  onMessage(message: ToRegion): void {
    if (message.kind === "leave") {
      this.waits.get(message.id)?.abort();
      return;
    }
    const { id, request } = message;
    const leaving = new AbortController();
    this.waits.set(id, leaving);
    this.service
      .waitForRegions(request, leaving.signal)
      .then(
        (count) => this.tell({ kind: "waited", id, count }),
        (error: unknown) =>
          this.tell({ kind: "notWaited", id, reason: error instanceof Error ? error.message : String(error) }),
      )
      .finally(() => this.waits.delete(id));
  }

  tellSection(): void {
    const text = this.service.infoSection();
    if (text !== this.section) this.tell({ kind: "section", text });
    this.section = text;
  }

  /** The process is gone, and with it who waited. */
  close(): void {
    for (const leaving of this.waits.values()) leaving.abort();
  }
}
