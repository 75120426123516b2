/**
 * Clients whose command waits in the gateway, by the ids that they have on the server: CLIENT UNBLOCK finds them here, and
 * CLIENT LIST marks them. The server itself takes them for idle.
 */

/** What a client waits with. */
export interface Blocking {
  /** Nothing of it is on its way to the server. */
  readonly idle: boolean;
  begin(): void;
  /** The client goes. */
  stop(): void;
  /** What came of a try; see `Peeked`. */
  onTried(served: boolean, refused: boolean): void;
  /** Ends the waiting, as if its time were over or with an error; false where it does not wait yet. */
  unblock(asError: boolean): boolean;
}

export interface BlockedClient {
  readonly blocking: Blocking | undefined;
}

/** Clients of other processes of the gateway. */
export interface Elsewhere {
  isWaiting(id: number): boolean;
  unblock(id: number, asError: boolean): void;
}

export class BlockedClients {
  private readonly byId = new Map<number, BlockedClient>();
  /** Those that wait for other regions. */
  waitingForRegions = 0;

  constructor(private readonly elsewhere?: Elsewhere) {}

  /** The client has waited once, and may again. */
  add(id: number, client: BlockedClient): void {
    this.byId.set(id, client);
  }

  remove(id: number): void {
    this.byId.delete(id);
  }

  /** The ids of those that wait here. */
  waitingIds(): number[] {
    const ids: number[] = [];
    for (const [id, { blocking }] of this.byId) if (blocking !== undefined) ids.push(id);
    return ids;
  }

  isWaiting(id: number): boolean {
    return this.byId.get(id)?.blocking !== undefined || this.elsewhere?.isWaiting(id) === true;
  }

  /** True where such a client waited. */
  unblock(id: number, asError: boolean): boolean {
    if (this.byId.get(id)?.blocking?.unblock(asError) === true) return true;
    const { elsewhere } = this;
    if (elsewhere?.isWaiting(id) !== true) return false;
    elsewhere.unblock(id, asError);
    return true;
  }
}
