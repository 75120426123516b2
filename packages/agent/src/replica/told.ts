/** What an agent tells the others of its region, of its own work: text in the server's memory. */
import type { Holding, ReplicationStatus } from "./adapter/status.js";

export interface Told {
  readonly status: ReplicationStatus;
  readonly holdings: readonly Holding[];
}

/** Remembers what the latest texts said. */
export class ToldReader {
  private texts: readonly string[] = [];
  private told: readonly Told[] = [];

  read(texts: readonly string[]): readonly Told[] {
    if (texts.length === this.texts.length && texts.every((text, at) => text === this.texts[at])) return this.told;
    this.texts = [...texts];
    this.told = texts.flatMap((text) => {
      try {
        return [JSON.parse(text) as Told];
      } catch {
        return []; // of an agent of another version, perhaps
      }
    });
    return this.told;
  }
}
