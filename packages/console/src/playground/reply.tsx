/** A reply as redis-cli would print it, coloured by its type. Bytes are text to look at, never markup. */
import type { ReplyView } from "@meridian/agent/api";
import { cutText, shownText } from "../bytes.js";
import { bytesText } from "../numbers.js";
import { limits } from "../limits.js";

export function Reply({ reply }: { reply: ReplyView }) {
  switch (reply.type) {
    case "text":
      return <span className="reply text">{cutText(shownText(reply.value), limits.shownMax)}</span>;
    case "error":
      return <span className="reply error">(error) {shownText(reply.value)}</span>;
    case "integer":
    case "number":
    case "bignumber":
      return (
        <span className="reply number">
          ({reply.type === "integer" ? "integer" : "number"}) {reply.value}
        </span>
      );
    case "boolean":
      return <span className="reply number">({String(reply.value)})</span>;
    case "null":
      return <span className="reply null">(nil)</span>;
    case "bulk": {
      const text = shownText(reply.value);
      const isCut = !reply.whole || text.length > limits.shownMax;
      return (
        <span className="reply bulk">
          "{cutText(text, limits.shownMax)}"{isCut && <span className="quiet"> {bytesText(reply.size)} in all</span>}
        </span>
      );
    }
    case "array":
    case "set":
    case "push":
      return <Items items={reply.items} size={reply.size} isWhole={reply.whole} />;
    case "map":
      return (
        <Items
          items={reply.entries.flat()}
          size={reply.size}
          isWhole={reply.whole}
          nameOf={(index) => (index % 2 === 0 ? `${index / 2 + 1}#` : "=>")}
        />
      );
  }
}

interface ItemsProps {
  items: readonly ReplyView[];
  size: number;
  isWhole: boolean;
  nameOf?: (index: number) => string;
}

function Items({ items, size, isWhole, nameOf = (index) => `${index + 1})` }: ItemsProps) {
  if (items.length === 0) return <span className="reply null">(empty)</span>;
  return (
    <span className="reply items">
      {items.map((item, index) => (
        <span key={index} className="reply-item">
          <span className="quiet">{nameOf(index)}</span> <Reply reply={item} />
        </span>
      ))}
      {!isWhole && <span className="quiet">… {size} in all</span>}
    </span>
  );
}
