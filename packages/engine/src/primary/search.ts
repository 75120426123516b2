/** How the primary is looked for; what a look may say. */
import type { Address } from "../address.js";
import type { Finding } from "../requirements.js";
import type { Silence } from "./asker.js";

export type Verdict =
  /** This one is the primary. */
  | { kind: "use"; address: Address }
  /** Nothing says that another one is; nor, where none was known, which one. */
  | { kind: "stay"; problem: string; why: Silence }
  /** The one in use is not the primary any more, and is to be left at once; or the one that should be is not yet. */
  | { kind: "none"; problem: string; why: Silence };

export interface Search {
  /** What is looked for, as a person reads it. */
  readonly text: string;
  look(current: Address | undefined): Promise<Verdict>;
  /** What the latest look found wrong, beside its verdict. */
  findings(): Finding[];
  stop(): void;
}

type Place = Pick<Address, "host" | "port"> | undefined;

export function isSame(a: Place, b: Place): boolean {
  return a !== undefined && b !== undefined && a.host === b.host && a.port === b.port;
}
