/**
 * Server-sent events in the body of one answer.
 *
 * 1. A reader who is slow gets the newest: of events of a name that is `newest` only the last waits for it, of others so
 *    many as the limits say, and the oldest of them go. Nothing else is held for it.
 * 2. An idle line carries a comment now and then, so that both ends notice when it is gone.
 */
import type { ServerResponse } from "node:http";
import { agentLimits } from "../../limits.js";

export class EventStream {
  private readonly newest = new Map<string, string>();
  private readonly waiting: string[] = [];
  private readonly timer: NodeJS.Timeout;
  private isOver = false;

  constructor(
    private readonly response: ServerResponse,
    onClose: () => void,
  ) {
    response.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    response.flushHeaders();
    response.on("drain", () => this.flush());
    response.on("error", () => undefined); // "close" follows
    this.timer = setInterval(() => {
      if (!response.writableNeedDrain) response.write(":\n\n");
    }, agentLimits.streamIdleMsMax);
    response.once("close", () => {
      this.isOver = true;
      clearInterval(this.timer);
      onClose();
    });
  }

  get closed(): boolean {
    return this.isOver;
  }

  /** Takes the place of one of this name that still waits. */
  sendNewest(name: string, json: string): void {
    this.newest.set(name, eventText(name, json));
    this.flush();
  }

  send(name: string, json: string): void {
    this.waiting.push(eventText(name, json));
    if (this.waiting.length > agentLimits.streamEventsMax) this.waiting.shift();
    this.flush();
  }

  end(): void {
    this.response.end();
  }

  private flush(): void {
    if (this.isOver) return;
    while (!this.response.writableNeedDrain) {
      const [first] = this.newest;
      const text = first?.[1] ?? this.waiting.shift();
      if (text === undefined) return;
      if (first !== undefined) this.newest.delete(first[0]);
      this.response.write(text);
    }
  }
}

/** JSON has no line breaks of its own. */
function eventText(name: string, json: string): string {
  return `event: ${name}\ndata: ${json}\n\n`;
}
