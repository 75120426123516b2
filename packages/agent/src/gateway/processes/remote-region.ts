/** The region's agent as a process of the gateway sees it: asked over the channel. */
import type { RegionService, RegionWaitRequest, TokenWaitAnswer, TokenWaitRequest } from "../region-service.js";
import type { FromRegion, RegionAnswer, RegionQuestion, ToRegion } from "./messages.js";

interface Asked {
  resolve(answer: RegionAnswer): void;
  reject(error: Error): void;
}

export class RemoteRegion implements RegionService {
  private section = "";
  private readonly asked = new Map<number, Asked>();
  private nextId = 1;

  constructor(private readonly tell: (message: ToRegion) => void) {}

  async waitForRegions(request: RegionWaitRequest, signal: AbortSignal): Promise<number> {
    return (await this.ask({ about: "regions", request }, signal)) as number;
  }

  async token(slots?: readonly number[]): Promise<string> {
    return (await this.ask({ about: "standing", slots })) as string;
  }

  async waitForToken(request: TokenWaitRequest, signal: AbortSignal): Promise<TokenWaitAnswer> {
    return (await this.ask({ about: "token", request }, signal)) as TokenWaitAnswer;
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
    const asked = this.asked.get(message.id);
    this.asked.delete(message.id);
    if (message.kind === "answered") asked?.resolve(message.answer);
    else asked?.reject(new Error(message.reason));
  }

  /** Whoever answers a question answers it as RegionService does. */
  private ask(question: RegionQuestion, signal?: AbortSignal): Promise<RegionAnswer> {
    return new Promise((resolve, reject) => {
      const id = this.nextId++;
      this.asked.set(id, { resolve, reject });
      this.tell({ kind: "ask", id, question });
      signal?.addEventListener("abort", () => this.tell({ kind: "leave", id }), { once: true });
    });
  }
}
