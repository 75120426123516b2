/** Reads the few forms of RESP3 that the gateway's own connection (key-watch.ts) gets: plainly, for it is not busy. */
export type RespThree = string | null | { readonly error: string } | { readonly pushed: RespThree[] } | RespThree[];

interface Read {
  readonly value: RespThree;
  readonly next: number;
}

const LF = 10;

/** The value that begins at the offset, and where it ends; undefined when it is not there whole. */
export function readRespThree(buffer: Buffer, at: number): Read | undefined {
  const newline = buffer.indexOf(LF, at);
  if (newline < 0) return undefined;
  const type = String.fromCharCode(buffer[at] as number);
  const line = buffer.toString("latin1", at + 1, newline - 1);
  const next = newline + 1;
  const length = Number(line);
  if (type === "-") return { value: { error: line }, next };
  if (type === "_" || ("$*".includes(type) && length < 0)) return { value: null, next };
  if ("$=!".includes(type)) {
    if (next + length + 2 > buffer.length) return undefined;
    return { value: buffer.toString("latin1", next, next + length), next: next + length + 2 };
  }
  if (!"*~>%".includes(type)) return { value: line, next };
  const items: RespThree[] = [];
  let position = next;
  for (let left = type === "%" ? 2 * length : length; left > 0; left--) {
    const item = readRespThree(buffer, position);
    if (item === undefined) return undefined;
    items.push(item.value);
    position = item.next;
  }
  return { value: type === ">" ? { pushed: items } : items, next: position };
}
