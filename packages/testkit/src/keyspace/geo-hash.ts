/**
 * Positions as scores: longitude and latitude, each cut into 2^26 steps, bit by bit in turns. A coarser area is a cell
 * of 2^steps by 2^steps, whose members are one range of scores.
 */
export interface Position {
  longitude: number;
  latitude: number;
}

/** Whole numbers of steps; beyond the last where a coordinate is the largest that there is. */
export interface Cell {
  x: number;
  y: number;
  steps: number;
}

export interface Bounds {
  west: number;
  south: number;
  east: number;
  north: number;
}

export const STEPS_MAX = 26;
export const LONGITUDE_MAX = 180;
export const LATITUDE_MAX = 85.05112878;
const HASH_LATITUDE_MAX = 90;
const WORD = 2 ** 32;
const LONG_BITS = 63n;
const LONG_MAX = 2 ** 63;
const SCORE_BITS = 52;
const alphabet = "0123456789bcdefghjkmnpqrstuvwxyz";
const LETTER_BITS = 5;
const LETTERS = 10;

function stepsOf(value: number, max: number, steps: number): number {
  return Math.trunc(((value + max) / (max + max)) * 2 ** steps);
}

export function cellAt({ longitude, latitude }: Position, steps: number): Cell {
  return { x: stepsOf(longitude, LONGITUDE_MAX, steps), y: stepsOf(latitude, LATITUDE_MAX, steps), steps };
}

/** A cell's coordinates in turns, as a number. */
function interleaved({ x, y }: Cell): number {
  const [low, high] = [0, 16].map((shift) => spread(y >>> shift) + 2 * spread(x >>> shift)) as [number, number];
  return high * WORD + low;
}

/** The lower 16 bits, with a zero after each. */
function spread(value: number): number {
  let bits = value & 0xffff;
  bits = (bits | (bits << 8)) & 0x00ff00ff;
  bits = (bits | (bits << 4)) & 0x0f0f0f0f;
  bits = (bits | (bits << 2)) & 0x33333333;
  return (bits | (bits << 1)) & 0x55555555;
}

/** Every second of 32 bits. */
function gather(value: number): number {
  let bits = value & 0x55555555;
  bits = (bits | (bits >>> 1)) & 0x33333333;
  bits = (bits | (bits >>> 2)) & 0x0f0f0f0f;
  bits = (bits | (bits >>> 4)) & 0x00ff00ff;
  return (bits | (bits >>> 8)) & 0xffff;
}

export function scoreAt(position: Position): number {
  return interleaved(cellAt(position, STEPS_MAX));
}

/** The scores of the members in the cell: the first, and the one after the last. */
export function scoresIn(cell: Cell): [from: number, to: number] {
  const first = interleaved(cell);
  const size = 2 ** (SCORE_BITS - 2 * cell.steps);
  return [first * size, (first + 1) * size];
}

/** As a C cast of a double to 64 bits without sign makes it on x86. */
function words(score: number): [low: number, high: number] {
  const whole = Math.trunc(score);
  if (whole >= 0 && whole <= Number.MAX_SAFE_INTEGER) return [whole % WORD, Math.floor(whole / WORD)];
  const top = 1n << LONG_BITS;
  let bits = top;
  if (whole >= LONG_MAX) bits = whole >= 2 * LONG_MAX ? 0n : BigInt(whole);
  else if (whole >= -LONG_MAX) bits = BigInt.asUintN(64, BigInt(whole));
  return [Number(bits % BigInt(WORD)), Number(bits / BigInt(WORD))];
}

export function boundsOf({ x, y, steps }: Cell): Bounds {
  const at = (step: number, max: number): number => -max + ((step >>> 0) / 2 ** steps) * (max + max);
  return {
    west: at(x, LONGITUDE_MAX),
    south: at(y, LATITUDE_MAX),
    east: at(x + 1, LONGITUDE_MAX),
    north: at(y + 1, LATITUDE_MAX),
  };
}

function clamped(value: number, max: number): number {
  return Math.min(max, Math.max(-max, value));
}

/** The middle of the smallest cell that the score is in. */
export function positionAt(score: number): Position {
  const [low, high] = words(score);
  const y = gather(low) + 2 ** 16 * gather(high);
  const x = gather(low >>> 1) + 2 ** 16 * gather(high >>> 1);
  const { west, south, east, north } = boundsOf({ x, y, steps: STEPS_MAX });
  return {
    longitude: clamped((west + east) / 2, LONGITUDE_MAX),
    latitude: clamped((south + north) / 2, LATITUDE_MAX),
  };
}

/** The usual text of a position, in letters of 5 bits; it takes latitudes up to 90, and ends with a zero. */
export function geohashText({ longitude, latitude }: Position): string {
  const x = stepsOf(longitude, LONGITUDE_MAX, STEPS_MAX) % 2 ** STEPS_MAX;
  const bits = interleaved({ x, y: stepsOf(latitude, HASH_LATITUDE_MAX, STEPS_MAX), steps: STEPS_MAX });
  let text = "";
  for (let letter = 1; letter <= LETTERS; letter++) {
    text += alphabet[Math.floor(bits / 2 ** (SCORE_BITS - LETTER_BITS * letter)) % alphabet.length];
  }
  return `${text}0`;
}
