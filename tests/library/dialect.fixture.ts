/** One breach of every rule in dialect.test.ts. */
export class Breach {
  list: (string | undefined)[] = [];
}
export const pattern = /a/;
export const nothing = null;
export async function later(): Promise<void> {
  try {
    await Promise.resolve();
  } finally {
    pattern.test("");
  }
}
export function breaches(list: string[], some: Record<string, number>, maybe: string | undefined): unknown[] {
  for (const item of list) list.push(item);
  const copy = [...list];
  copy.sort();
  return [Object.keys(some), `${some["a"]}${list.length}`, maybe, "a".trim()];
}
