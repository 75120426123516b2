/** A reply as the API tells it: what was cut says so. */
import { bytesOf } from "../bytes.js";
import type { ReplyView } from "./documents.js";
import type { Reply } from "./reply.js";

export function replyView(reply: Reply): ReplyView {
  switch (reply.type) {
    case "bulk": {
      const { value, size } = reply;
      return { type: "bulk", value: bytesOf(value), size, whole: value.length === size };
    }
    case "map": {
      const entries: [ReplyView, ReplyView][] = [];
      for (let at = 0; at + 1 < reply.items.length; at += 2) {
        entries.push([viewAt(reply.items, at), viewAt(reply.items, at + 1)]);
      }
      return { type: "map", entries, size: reply.size, whole: entries.length === reply.size };
    }
    case "array":
    case "set":
    case "push": {
      const { type, items, size } = reply;
      return { type, items: items.map(replyView), size, whole: items.length === size };
    }
    default:
      return reply;
  }
}

function viewAt(items: readonly Reply[], at: number): ReplyView {
  const item = items[at];
  return item === undefined ? { type: "null" } : replyView(item);
}
