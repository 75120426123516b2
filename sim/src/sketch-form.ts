/**
 * HyperLogLogs in a form to compare: their registers, for regions may hold the same registers in other bytes (the encoding
 * is the server's choice, and it keeps its last count in the header).
 */
import { denseOf, isHyperLogLog, placeOfElement, registersOf } from "@meridian/testkit";

/** What registers were raised to, by their numbers. */
export type Raises = ReadonlyMap<number, number>;

const FORMS_MAX = 1000;
/** By the bytes: the same are looked at after every step. */
const forms = new Map<string, string>();

/** The raised registers of the text, such as "12:3 870:1"; undefined where it is no whole HyperLogLog. */
export function sketchForm(text: string): string | undefined {
  const known = forms.get(text);
  if (known !== undefined) return known;
  const raises = raisesOfText(text);
  if (raises === undefined) return undefined;
  const form = formOf([raises]);
  if (forms.size >= FORMS_MAX) forms.clear();
  forms.set(text, form);
  return form;
}

export function raisesOfText(text: string): Raises | undefined {
  const dense = isHyperLogLog(text) ? denseOf(text) : undefined;
  if (dense === undefined) return undefined;
  const raises = new Map<number, number>();
  for (const [index, count] of registersOf(dense).entries()) if (count > 0) raises.set(index, count);
  return raises;
}

export function raisesOfElements(elements: readonly string[]): Raises {
  return united(elements.map((element) => new Map([placeOfElement(element)])));
}

/** The form of the union. */
export function formOf(all: readonly Raises[]): string {
  return [...united(all)]
    .sort(([left], [right]) => left - right)
    .map(([index, count]) => `${index}:${count}`)
    .join(" ");
}

function united(all: readonly Raises[]): Raises {
  const union = new Map<number, number>();
  for (const raises of all) {
    for (const [index, count] of raises) union.set(index, Math.max(count, union.get(index) ?? 0));
  }
  return union;
}
