/** What the tests of active-passive need: a local start of that mode, its roles and failovers, and clients that never stop writing. */
import type { FailoverDocument, FailoverRequest, StatusDocument } from "@meridian/agent/api";
import { waitFor } from "@meridian/testkit";
import type { Redis } from "ioredis";
import { start, type Started } from "./local-start.js";

export class PassiveStart {
  private constructor(readonly running: Started) {}

  static async start(args: readonly string[] = []): Promise<PassiveStart> {
    const common = ["--mode", "active-passive", "--no-console", "--regions", "us,eu,ap", "--rtt", "20ms"];
    return new PassiveStart(await start({ args: [...common, ...args] }));
  }

  async status(): Promise<StatusDocument> {
    return (await (await fetch(`http://127.0.0.1:${this.running.basePort}/api/status`)).json()) as StatusDocument;
  }

  /** Rejects with the code and text of a refusal. */
  async failover(request: FailoverRequest): Promise<FailoverDocument> {
    return await this.post<FailoverDocument>("/api/failover", request);
  }

  async link(up: boolean, a?: string, b?: string): Promise<void> {
    await this.post("/api/links", { up, ...(a !== undefined && { a }), ...(b !== undefined && { b }) });
  }

  /** Until all regions agree that this one is the primary, and follow it. */
  async agrees(primary: string): Promise<void> {
    const seen = async (): Promise<boolean> =>
      (await this.status()).regions.every(({ activePassive: view }) => {
        return view?.primary === primary && view.held === null && view.linkUp && view.lagBytes === 0;
      });
    await waitFor(seen, { what: `all to follow ${primary}`, timeoutMs: 60_000 });
  }

  private async post<Document>(path: string, body: object): Promise<Document> {
    const response = await fetch(`http://127.0.0.1:${this.running.basePort}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const document = (await response.json()) as Document & { error?: { code: string; message: string } };
    if (document.error !== undefined) throw new Error(`${document.error.code} ${document.error.message}`);
    return document;
  }
}

/** Appends numbers to a list, one after the other, until it is told to stop. */
export class Writer {
  readonly acknowledged: string[] = [];
  /** Of which it was told that nothing was done, or that it is not known. */
  readonly refused: string[] = [];
  private isStopped = false;
  private readonly done: Promise<void>;

  constructor(
    private readonly client: Redis,
    readonly key: string,
  ) {
    this.done = this.write();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.done;
  }

  private async write(): Promise<void> {
    for (let number = 0; !this.isStopped; number++) {
      const text = String(number);
      try {
        await this.client.rpush(this.key, text);
        this.acknowledged.push(text);
      } catch {
        this.refused.push(text);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  }
}
