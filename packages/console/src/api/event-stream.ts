/** text/event-stream as it comes in pieces: which events are whole. Pure. */
export interface StreamEvent {
  event: string;
  data: string;
}

export class EventStream {
  private rest = "";

  /** Those that this piece completes, in order. */
  push(piece: string): StreamEvent[] {
    const blocks = `${this.rest}${piece}`.replaceAll("\r\n", "\n").split("\n\n");
    this.rest = blocks.pop() ?? "";
    return blocks.flatMap((block) => {
      const event = eventOf(block);
      return event === undefined ? [] : [event];
    });
  }
}

/** Undefined: a comment, by which a connection is kept. */
function eventOf(block: string): StreamEvent | undefined {
  let event = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const [, field, value = ""] = /^(event|data): ?(.*)$/.exec(line) ?? [];
    if (field === "event") event = value;
    if (field === "data") data.push(value);
  }
  return data.length === 0 ? undefined : { event, data: data.join("\n") };
}
