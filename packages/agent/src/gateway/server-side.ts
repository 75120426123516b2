/**
 * What a session sees of its server: a socket to a lone one, or a stand-in for it that is many connections to the nodes of a
 * cluster.
 */
export interface ServerSide {
  /** False: what was given waits in memory; "drain" says when it has left. */
  write(part: Buffer): boolean;
  cork(): void;
  uncork(): void;
  pause(): unknown;
  resume(): unknown;
  isPaused(): boolean;
  destroy(): unknown;
  /** Where partitions are hash slots: those in which the client wrote; "many": more than a token may name. */
  readonly slotsWritten?: readonly number[] | "many";
  readonly connecting: boolean;
  readonly bytesRead: number;
  readonly writableNeedDrain: boolean;
  readonly writableLength: number;
  on(event: "drain" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
}
