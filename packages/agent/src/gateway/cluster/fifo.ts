/** First in, first out, at the same cost however many there are. */
const COMPACT_MIN = 64;

export class Fifo<Item> {
  private items: (Item | undefined)[] = [];
  private first = 0;

  get length(): number {
    return this.items.length - this.first;
  }

  get head(): Item | undefined {
    return this.items[this.first];
  }

  push(item: Item): void {
    this.items.push(item);
  }

  shift(): Item | undefined {
    const item = this.items[this.first];
    if (this.first === this.items.length) return undefined;
    this.items[this.first++] = undefined;
    if (this.first >= COMPACT_MIN && this.first * 2 >= this.items.length) {
      this.items = this.items.slice(this.first);
      this.first = 0;
    }
    return item;
  }

  /** All of them, in their order; none is left. */
  takeAll(): Item[] {
    const all = this.all();
    this.items = [];
    this.first = 0;
    return all;
  }

  all(): Item[] {
    return this.items.slice(this.first) as Item[];
  }
}
