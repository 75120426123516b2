/** A generator's draws, made from uniform numbers in [0, 1); equal numbers make equal draws. */
export class Draw {
  readonly random: () => number;
  constructor(random: () => number) {
    this.random = random;
  }
  chance(probability: number): boolean {
    return this.random() < probability;
  }
  below(count: number): number {
    return Math.floor(this.random() * count);
  }
  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }
  some<T>(choices: readonly T[], most: number): T[] {
    return Array.from({ length: 1 + this.below(most) }, () => this.pick(choices));
  }
}
