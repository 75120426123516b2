/** The region's agent as a process of the gateway sees it: asked over the channel. */
import type { RegionService, RegionWaitRequest } from "../region-service.js";
import type { FromRegion, ToRegion } from "./messages.js";

interface Wait {
  resolve(count: number): void;
  reject(error: Error): void;
}

export class RemoteRegion implements RegionService {
  private section = "";
  private readonly waits = new Map<number, Wait>();
  private nextId = 1;

  constructor(private readonly tell: (message: ToRegion) => void) {}

  waitForRegions(request: RegionWaitRequest, signal: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
      const id = this.nextId++;
      this.waits.set(id, { resolve, reject });
      this.tell({ kind: "wait", id, request });
      signal.addEventListener("abort", () => this.tell({ kind: "leave", id }), { once: true });
    });
  }

  /** As the agent told it last. */
  infoSection(): string {
    return this.section;
  }

  onMessage(message: FromRegion): void {
    if (message.kind === "section") {
      this.section = message.text;
      return;
    }
    const wait = this.waits.get(message.id);
    this.waits.delete(message.id);
    if (message.kind === "waited") wait?.resolve(message.count);
    else wait?.reject(new Error(message.reason));
  }
}
