/**
 * Frames: log entries one behind the other, each its stamp (7 bytes), the length of its payload (7 bytes) and the
 * payload. A row of a log holds frames in its one field `b`, under the last stamp as id: a region's own log one frame a
 * row, the copy of another's log what came in one call. What agents carry is frames as well, and they never look inside.
 */
import { host } from "../host.js";

/** The field of a log row. */
export const FRAMES_FIELD = "b";
/** Of the two numbers before a payload. */
export const FRAME_HEAD_BYTES = 14;
const LENGTH_AT = 7;

export function frameOf(stamp: number, payload: string): string {
  return host.packStamp(stamp) + host.packStamp(payload.length) + payload;
}

/** The stamp of the frame that begins at the offset. */
export function frameStamp(frames: string, at: number): number {
  return host.unpackStamp(frames, at);
}

/** Where the frame that begins at the offset ends; undefined where the frames end before it does. */
export function frameEnd(frames: string, at: number): number | undefined {
  if (at + FRAME_HEAD_BYTES > frames.length) return undefined;
  const end = at + FRAME_HEAD_BYTES + host.unpackStamp(frames, at + LENGTH_AT);
  return end <= frames.length ? end : undefined;
}

/** The frames of a row whose stamps come after the stamp. */
export function framesAfter(frames: string, stamp: number): string {
  let at = 0;
  while (at < frames.length && frameStamp(frames, at) <= stamp) at = frameEnd(frames, at) ?? frames.length;
  return at === 0 ? frames : frames.substring(at);
}
