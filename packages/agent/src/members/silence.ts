/**
 * What a region must not say before it outlives a crash of its server: a list that it made itself, and that it has given its
 * own proposal up. Said and then lost, both would let two lists be made upon the same one. Until then its agents are silent.
 */
import type { Members, Table } from "./table.js";

/** Whether the change, or what another agent of the region changed meanwhile, is one of those. */
export function needsSilence(own: string, before: Members, after: Members): boolean {
  if (after.table.id !== before.table.id && isMadeBy(own, after.table)) return true;
  const hasGivenUp = before.pending?.by === own && after.pending?.id !== before.pending.id;
  return hasGivenUp && after.table.id === before.table.id;
}

export function isMadeBy(own: string, { id }: Table): boolean {
  return id.startsWith(`${own}-`);
}

export class Silence {
  /** How many waits run: what was changed in one of them waits anew. */
  private running = 0;
  private isOver = false;

  /** `onDisk` resolves when what the server has is durable; undefined: it was ended. `read` reads what the server keeps then. */
  constructor(
    private readonly onDisk: (isOver: () => boolean) => Promise<true | undefined>,
    private readonly read: () => Promise<void>,
  ) {}

  get isKept(): boolean {
    return this.running > 0;
  }

  /** From the call on; `speak` is called when it is over. */
  begin(speak: () => void): void {
    this.running++;
    void this.wait().then((isEnded) => {
      if (!isEnded) return;
      this.running--;
      if (!this.isKept) speak();
    });
  }

  stop(): void {
    this.isOver = true;
  }

  /** A server that was lost meanwhile may have come back without it: what it keeps is read before a word is said. */
  private async wait(): Promise<boolean> {
    while (!this.isOver) {
      if ((await this.onDisk(() => this.isOver)) === undefined) return false;
      try {
        await this.read();
        return true;
      } catch {
        // the server is lost again
      }
    }
    return false;
  }
}
