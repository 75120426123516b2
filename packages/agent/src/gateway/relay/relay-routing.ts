/** Where a region's commands go now; plain data, as the region's agent knows it. */
import type { ServerAddress } from "../server-connection.js";

export interface RelayRouting {
  /** The region's own server; undefined: it answers nobody, and reads go to the primary. */
  readonly near: ServerAddress | undefined;
  /** Undefined: nobody knows of one. */
  readonly primary: ServerAddress | undefined;
  /** The region that it is in, for people. */
  readonly primaryRegion: string;
  /** What goes to the primary waits, while roles change. */
  readonly held: boolean;
}

export interface ReadBound {
  /** Older data than this are not read from the region's own server. */
  readonly stalenessMsMax: number;
  /** Such a read goes to the primary, or is refused. */
  readonly otherwise: "primary" | "error";
}

/** How old the region's own data may be at most, now; undefined: not known. */
export type Staleness = () => number | undefined;

export function isSamePlace(a: ServerAddress | undefined, b: ServerAddress | undefined): boolean {
  return a?.host === b?.host && a?.port === b?.port && a?.path === b?.path;
}
