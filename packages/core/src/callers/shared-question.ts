/**
 * A question that many ask: one is under way at a time. Who asks while one is gets the answer to the next, for what it wants to
 * have in the answer may have come after the first was asked.
 */
export class SharedQuestion<Answer> {
  private running: Promise<Answer> | undefined;
  private next: Promise<Answer> | undefined;

  constructor(private readonly put: () => Promise<Answer>) {}

  /** An answer to a question that is put after this call. */
  ask(): Promise<Answer> {
    const { running } = this;
    if (running === undefined) return this.start();
    this.next ??= running
      .catch(() => undefined) // who asked that one hears of it
      .then(() => {
        this.next = undefined;
        return this.start();
      });
    return this.next;
  }

  private start(): Promise<Answer> {
    const asked = this.put().finally(() => {
      if (this.running === asked) this.running = undefined;
    });
    this.running = asked;
    return asked;
  }
}
