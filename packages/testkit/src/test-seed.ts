/**
 * The seed of a random test. SEED=n repeats a run and SEED=random draws a new one, as the soak does. Otherwise it is the
 * same each time: a test that turns red is then the last change's doing, and not chance's.
 */
const USUAL_SEED = 20_261;
const SEED_MAX = 2 ** 31;

export function testSeed(): number {
  const given = process.env["SEED"] ?? USUAL_SEED;
  if (given === "random") return Math.floor(Math.random() * SEED_MAX);
  const seed = Number(given);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`SEED is a number or the word random, not '${given}'`);
  return seed;
}
