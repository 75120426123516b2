/**
 * Reads RESP3 for tests into one text a reply, in which types can be told apart: the elements of maps and sets in order of
 * their texts, for servers and functions give them in any; doubles as numbers; what is pushed begins with `>`.
 */
export function repliesThree(bytes: string): string[] {
  const found: string[] = [];
  let at = 0;
  const line = (): string => {
    const end = bytes.indexOf("\r\n", at);
    if (end < 0) throw new RangeError("incomplete");
    const text = bytes.slice(at, end);
    at = end + 2;
    return text;
  };
  const several = (count: number): string[] => Array.from({ length: count }, () => value());
  const value = (): string => {
    const head = line();
    const [type, rest] = [head[0] ?? "", head.slice(1)];
    if (type === "$" || type === "=") {
      if (rest === "-1") return "nil of RESP2";
      const text = bytes.slice(at, at + Number(rest));
      if (bytes.length < at + Number(rest) + 2) throw new RangeError("incomplete");
      at += Number(rest) + 2;
      return `${type}${text}`;
    }
    if (type === ",") return `,${Number(rest.replace("inf", "Infinity"))}`;
    if (type === "*" || type === ">") return `${type}[${several(Number(rest)).join(" ")}]`;
    if (type === "~") return `~[${several(Number(rest)).toSorted().join(" ")}]`;
    if (type !== "%") return head;
    const pairs = Array.from({ length: Number(rest) }, () => `${value()}: ${value()}`);
    return `%[${pairs.toSorted().join(", ")}]`;
  };
  while (at < bytes.length) {
    try {
      found.push(value());
    } catch (error) {
      if (error instanceof RangeError) return found;
      throw error;
    }
  }
  return found;
}
