/** Bandwidth as people write it: bits a second, in thousands, as lines are sold. Here it is bytes a second. */
const UNITS = { kbit: 1_000, mbit: 1_000_000, gbit: 1_000_000_000 } as const;
const FORM = /^(\d{1,6}(?:\.\d{1,3})?) ?([kmg]bit)$/i;
/** Less would not carry the batches' own heads. */
const BITS_LEAST = 8_000;
const BITS_MOST = 100_000_000_000;

export const BANDWIDTH_WANTED = "a bandwidth from 8kbit to 100Gbit, such as 10Mbit";

/** Undefined: it is none. */
export function parseBandwidth(text: string): number | undefined {
  const [, number, unit = ""] = FORM.exec(text) ?? [];
  const bits = Number(number) * UNITS[unit.toLowerCase() as keyof typeof UNITS];
  return bits >= BITS_LEAST && bits <= BITS_MOST ? bits / 8 : undefined;
}

/** In the largest unit in which it has no more than three places. */
export function bandwidthText(bytesPerSecond: number): string {
  const bits = Math.round(bytesPerSecond * 8);
  for (const [unit, size] of [["Gbit", UNITS.gbit] as const, ["Mbit", UNITS.mbit] as const]) {
    if (bits >= size && bits % (size / 1000) === 0) return `${bits / size}${unit}`;
  }
  return `${bits / UNITS.kbit}kbit`;
}
