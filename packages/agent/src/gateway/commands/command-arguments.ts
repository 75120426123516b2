/** A command taken apart, for the few that need a look: where each argument lies in the buffer. */
const CR = 13;

export interface CommandArguments {
  readonly count: number;
  bytes(index: number): Buffer;
  /** Latin1, so that each byte is one character. */
  text(index: number): string;
  /** For comparing with option names. */
  word(index: number): string;
}

/** The first `done` arguments of the command whose arguments begin at `start`; they are known to be whole. */
export function takeApart(buffer: Buffer, start: number, done: number): CommandArguments {
  const bounds: number[] = [];
  let at = start;
  for (let index = 0; index < done; index++) {
    let length = 0;
    for (at++; buffer[at] !== CR; at++) length = length * 10 + (buffer[at] as number) - 48;
    bounds.push(at + 2, at + 2 + length);
    at += length + 4;
  }
  const text = (index: number): string => buffer.toString("latin1", bounds[index * 2], bounds[index * 2 + 1]);
  return {
    count: done,
    bytes: (index) => buffer.subarray(bounds[index * 2], bounds[index * 2 + 1]),
    text,
    word: (index) => (index < done ? text(index).toLowerCase() : ""),
  };
}

/** Is the word among the arguments from the fourth on? `SET key value` is as short as a write with options can be. */
export function hasOption(buffer: Buffer, start: number, count: number, option: string): boolean {
  if (count <= 3) return false;
  const given = takeApart(buffer, start, count);
  for (let index = 3; index < count; index++) if (given.word(index) === option) return true;
  return false;
}
