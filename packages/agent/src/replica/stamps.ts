/** Stamps outside the server: `(unixMs - EPOCH_MS) * 4096 + seq`, the same number as a stream id `<ms>-<seq>`. */
const EPOCH_MS = 1704067200000;
const PER_MS = 4096;
const ID = /^(\d{13,15})-(\d{1,4})$/;

/** The first stamp of a millisecond of Unix time. */
export function stampAtMs(unixMs: number): number {
  return Math.max(0, (Math.floor(unixMs) - EPOCH_MS) * PER_MS);
}

/** Unix time in milliseconds at which the stamp was due. */
export function msOfStamp(stamp: number): number {
  return Math.floor(stamp / PER_MS) + EPOCH_MS;
}

/** The stamp of a log stream's id; throws where the text is no id of ours. */
export function stampOfId(id: string): number {
  const match = ID.exec(id);
  if (match === null) throw new RangeError(`not the id of a log entry: ${id.slice(0, 40)}`);
  return (Number(match[1]) - EPOCH_MS) * PER_MS + Number(match[2]);
}

export function idOfStamp(stamp: number): string {
  const ms = Math.floor(stamp / PER_MS);
  return `${ms + EPOCH_MS}-${stamp - ms * PER_MS}`;
}
