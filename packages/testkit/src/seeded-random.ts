/**
 * Reproducible randomness: sfc32 (Chris Doty-Humphrey's small fast chaotic generator), seeded through splitmix32.
 * One seed, one sequence, on every machine. Not for secrets.
 */
export interface SeededRandom {
  readonly seed: number;
  /** 0 <= x < 1, 32 bits of it. */
  real(): number;
  /** An integer, both ends included. */
  integer(min: number, max: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  /** A new array in random order (Fisher and Yates). */
  shuffle<Item>(items: readonly Item[]): Item[];
  /** A generator of its own, so that one part's draws do not shift another's. */
  fork(): SeededRandom;
}

const WARM_UP_ROUNDS = 12;

export function seededRandom(seed: number): SeededRandom {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed is an integer, not ${seed}`);
  const next = sfc32(seed);
  const real = (): number => next() / 2 ** 32;
  const integer = (min: number, max: number): number => {
    if (!(Number.isSafeInteger(min) && Number.isSafeInteger(max) && min <= max)) {
      throw new RangeError(`no integers from ${min} to ${max}`);
    }
    return min + Math.floor(real() * (max - min + 1));
  };
  return {
    seed,
    real,
    integer,
    chance: (probability) => real() < probability,
    pick: (items) => {
      if (items.length === 0) throw new RangeError("nothing to pick from");
      return items[integer(0, items.length - 1)] as (typeof items)[number];
    },
    shuffle: <Item>(items: readonly Item[]): Item[] => {
      const result = [...items];
      for (let index = result.length - 1; index > 0; index--) {
        const other = integer(0, index);
        const moved = result[index] as Item;
        result[index] = result[other] as Item;
        result[other] = moved;
      }
      return result;
    },
    fork: () => seededRandom(next()),
  };
}

function sfc32(seed: number): () => number {
  const seedNext = splitmix32(((seed % 2 ** 32) ^ Math.floor(seed / 2 ** 32)) | 0);
  let [a, b, c, counter] = [seedNext(), seedNext(), seedNext(), 1];
  const next = (): number => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + result) | 0;
    return result >>> 0;
  };
  for (let round = 0; round < WARM_UP_ROUNDS; round++) next();
  return next;
}

function splitmix32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
}
