/** Stream ids read outside the server (agents, tools): the inverse of `idOfStamp`, in plain TypeScript. */
import { EPOCH_MS } from "./stamp.js";

const ID = /^(\d{13,15})-(\d{1,4})$/;

/** The stamp of a log stream id; throws where the text is no id of ours. */
export function stampOfId(id: string): number {
  const match = ID.exec(id);
  if (match === null) throw new Error(`not the id of a Meridian log entry: ${id}`);
  return (Number(match[1]) - EPOCH_MS) * 4096 + Number(match[2]);
}

/** The stream id of a stamp, without a host. */
export function streamIdOf(stamp: number): string {
  const ms = Math.floor(stamp / 4096);
  return `${ms + EPOCH_MS}-${stamp - ms * 4096}`;
}
