/** Lists in one text. */

/** The parts between the commas; of an empty text, one that is empty. */
export function splitList(text: string): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let comma = text.indexOf(","); comma >= 0; comma = text.indexOf(",", from)) {
    parts.push(text.substring(from, comma));
    from = comma + 1;
  }
  parts.push(text.substring(from));
  return parts;
}

/** The same as a set, without the empty part. */
export function splitSet(text: string): Record<string, true | undefined> {
  const set: Record<string, true | undefined> = {};
  for (const part of splitList(text)) if (part !== "") set[part] = true;
  return set;
}
