/**
 * Ready merges for resolvers. They know the values only, not what was there before: so of a field that two values have, nobody
 * can tell which of them changed it.
 */
import type { ResolverInput } from "./resolver.js";

/**
 * JSON objects: all fields of all values; where several have a field, objects are merged in the same way, and of all else the
 * latest value counts. A field that one value lacks comes from the others, so removing one is undone: write null instead.
 * Undefined where one is no JSON object.
 */
export function mergeJsonFields({ values }: ResolverInput): string | undefined {
  const objects: Fields[] = [];
  for (const { value } of values) {
    const object = parse(value);
    if (object === undefined) return undefined;
    objects.push(object);
  }
  return JSON.stringify(joined(objects));
}

/** Lists of lines: each line of any value once, in the order of their bytes. */
export function mergeLines({ values }: ResolverInput): string {
  const lines = new Set(values.flatMap(({ value }) => value.split("\n").filter((line) => line !== "")));
  return [...lines].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).join("\n");
}

type Fields = Record<string, unknown>;

/** The latest first; fields in the order of their names, so that it is the same text everywhere. */
function joined(objects: readonly Fields[]): Fields {
  const names = new Set(objects.flatMap((object) => Object.keys(object)));
  const entries = [...names].toSorted().map((name): [string, unknown] => {
    const having = objects.filter((object) => Object.hasOwn(object, name)).map((object) => object[name]);
    return [name, having.every(isFields) ? joined(having) : having[0]];
  });
  return Object.fromEntries(entries);
}

function parse(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
