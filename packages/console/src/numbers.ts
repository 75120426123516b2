/** Numbers as people read them. Pure. */
const UNITS = ["", "k", "M", "G", "T"];

/** 1234567 -> 1.2M */
export function compact(value: number): string {
  let scaled = value;
  let unit = 0;
  while (scaled >= 999.5 && unit < UNITS.length - 1) {
    scaled /= 1000;
    unit++;
  }
  const digits = unit === 0 || scaled >= 99.5 ? 0 : 1;
  return `${scaled.toFixed(digits)}${UNITS[unit] ?? ""}`;
}

export function bytesText(bytes: number): string {
  return `${compact(bytes)}${bytes < 999.5 ? " B" : "B"}`;
}

export function rateText(perSecond: number): string {
  return `${perSecond > 0 && perSecond < 9.95 ? perSecond.toFixed(1) : compact(perSecond)}/s`;
}

export function msText(ms: number | null): string {
  if (ms === null) return "–";
  return ms < 9_999.5 ? `${Math.round(ms)} ms` : durationText(ms);
}

const SPANS: readonly [number, string][] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1_000, "s"],
];

export function durationText(ms: number): string {
  const [size, unit] = SPANS.find(([span]) => ms >= span * 0.9995) ?? [1, "ms"];
  const value = ms / size;
  return `${value < 9.95 && unit !== "ms" && unit !== "s" ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

/** The share that compression saves, or nothing where there is nothing to compare. */
export function savedText(wireBytes: number, bytes: number): string {
  if (bytes === 0) return "–";
  if (wireBytes >= bytes) return "none";
  return `${Math.round((1 - wireBytes / bytes) * 100)} %`;
}

export function clockText(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}
