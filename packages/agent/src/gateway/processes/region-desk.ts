/** The agent's side of a process's RemoteRegion: answers what that process asks, and tells what it must know at once. */
import type { RegionService } from "../region-service.js";
import type { FromRegion, RegionAnswer, RegionQuestion, ToRegion } from "./messages.js";

export class RegionDesk {
  private readonly asking = new Map<number, AbortController>();
  private section = "";

  constructor(
    private readonly service: RegionService,
    private readonly tell: (message: FromRegion) => void,
  ) {}

  onMessage(message: ToRegion): void {
    if (message.kind === "leave") {
      this.asking.get(message.id)?.abort();
      return;
    }
    const { id, question } = message;
    const leaving = new AbortController();
    this.asking.set(id, leaving);
    this.answer(question, leaving.signal)
      .then(
        (answer) => this.tell({ kind: "answered", id, answer }),
        (error: unknown) =>
          this.tell({ kind: "notAnswered", id, reason: error instanceof Error ? error.message : String(error) }),
      )
      .finally(() => this.asking.delete(id));
  }

  tellSection(): void {
    const text = this.service.infoSection();
    if (text !== this.section) this.tell({ kind: "section", text });
    this.section = text;
  }

  /** The process is gone, and with it who waited. */
  close(): void {
    for (const leaving of this.asking.values()) leaving.abort();
  }

  private answer(question: RegionQuestion, signal: AbortSignal): Promise<RegionAnswer> {
    if (question.about === "regions") return this.service.waitForRegions(question.request, signal);
    if (question.about === "token") return this.service.waitForToken(question.request, signal);
    return this.service.token(question.slots);
  }
}
