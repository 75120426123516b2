/** How the primary is looked for; what a look may say. */
import type { Address } from "../address.js";
import type { Finding } from "../requirements.js";

export type Verdict =
  /** This one is the primary. */
  | { kind: "use"; address: Address }
  /** Nothing says that another one is; nor, where none was known, which one. */
  | { kind: "stay"; problem: string; isLoading: boolean }
  /** The one in use is not the primary any more, and is to be left at once; or the one that should be is not yet. */
  | { kind: "none"; problem: string; isLoading: boolean };

export interface Search {
  /** What is looked for, as a person reads it. */
  readonly text: string;
  look(current: Address | undefined): Promise<Verdict>;
  /** What the latest look found wrong, beside its verdict. */
  findings(): Finding[];
  stop(): void;
}

export function isSame(a: Address | undefined, b: Address | undefined): boolean {
  return a !== undefined && b !== undefined && a.host === b.host && a.port === b.port;
}
