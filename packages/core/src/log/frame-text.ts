/** Frames (log/frames.ts) for tools and the simulator, where there is no host: texts are bytes, latin1. */
export interface FramedEntry {
  readonly stamp: number;
  readonly payload: string;
}

const HEAD_BYTES = 14;
const NUMBER_BYTES = 7;

export function encodeFrames(entries: readonly FramedEntry[]): string {
  return entries.map(({ stamp, payload }) => numberText(stamp) + numberText(payload.length) + payload).join("");
}

/** Throws where the text is no whole frames. */
export function decodeFrames(frames: string): FramedEntry[] {
  const entries: FramedEntry[] = [];
  for (let at = 0; at < frames.length;) {
    const from = at + HEAD_BYTES;
    const to = from + numberAt(frames, at + NUMBER_BYTES);
    if (!(to <= frames.length))
      throw new RangeError(`frames that end in the middle, at byte ${at} of ${frames.length}`);
    entries.push({ stamp: numberAt(frames, at), payload: frames.slice(from, to) });
    at = to;
  }
  return entries;
}

function numberText(value: number): string {
  let text = "";
  for (let place = NUMBER_BYTES - 1; place >= 0; place--) {
    text += String.fromCharCode(Math.floor(value / 256 ** place) % 256);
  }
  return text;
}

function numberAt(text: string, at: number): number {
  let value = 0;
  for (let place = 0; place < NUMBER_BYTES; place++) value = value * 256 + text.charCodeAt(at + place);
  return value;
}
