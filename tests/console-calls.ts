/** Asks the API of the console as its page does, for tests. */
import { setTimeout as delay } from "node:timers/promises";
import type { CommandsDocument, ErrorDocument, ReplyView } from "@meridian/agent/api";

export interface Answered<Document> {
  status: number;
  document: Document;
  headers: Headers;
}

export class ConsoleCalls {
  constructor(
    readonly address: string,
    private readonly headers: Record<string, string> = {},
  ) {}

  async get<Document>(path: string): Promise<Answered<Document>> {
    return await answered(await fetch(`${this.address}${path}`, { headers: this.headers }));
  }

  async post<Document>(path: string, body: unknown): Promise<Answered<Document>> {
    return await answered(await this.send(path, body));
  }

  /** The code of the refusal. */
  async refused(path: string, body: unknown): Promise<string> {
    const { document } = await this.post<Partial<ErrorDocument>>(path, body);
    return document.error?.code ?? "not refused";
  }

  async run(region: string, line: string, page = "test"): Promise<ReplyView> {
    const { document } = await this.post<CommandsDocument>("/api/commands", { page, region, line });
    return document.reply;
  }

  /** Events as they come, until the signal aborts. */
  async *events(path: string, body: unknown, signal: AbortSignal): AsyncGenerator<{ name: string; data: unknown }> {
    const response =
      body === undefined
        ? await fetch(`${this.address}${path}`, { headers: this.headers, signal })
        : await this.send(path, body, signal);
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) {
        const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
        if (name !== undefined && data !== undefined) yield { name, data: JSON.parse(data) as unknown };
      }
    }
  }

  /** The data of the first event that fits. */
  async event<Data>(
    path: string,
    body: unknown,
    fits: (name: string, data: Data) => boolean,
    then: () => Promise<unknown> = () => delay(0),
  ): Promise<Data> {
    const stopped = new AbortController();
    let isFirst = true;
    try {
      for await (const { name, data } of this.events(path, body, stopped.signal)) {
        if (fits(name, data as Data)) return data as Data;
        if (isFirst) await then();
        isFirst = false;
      }
    } finally {
      stopped.abort();
    }
    throw new Error(`${path} ended without that event`);
  }

  private send(path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
    const headers = { ...this.headers, "content-type": "application/json" };
    return fetch(`${this.address}${path}`, {
      method: "POST",
      body: JSON.stringify(body),
      headers,
      signal: signal ?? null,
    });
  }
}

async function answered<Document>(response: Response): Promise<Answered<Document>> {
  return { status: response.status, document: (await response.json()) as Document, headers: response.headers };
}

export const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");
