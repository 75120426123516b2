/** What the admin API says and is asked of the mode of regions. */

export type Mode = "active-active" | "active-passive";

export interface ModeRequest {
  /** Who is to be the primary; null: all go on writing. */
  primary: string | null;
}

export interface ModeView {
  region: string;
  mode: Mode;
  /** Active-active: who was asked to be the primary; active-passive: who is. Null: nobody. */
  primary: string | null;
  /** It takes no writes, for it is about to follow. */
  closed: boolean;
  /** For each origin the last stamp applied here. */
  vector: Record<string, number>;
  /** Why it could not be asked. */
  problem: string | null;
}

/** Of one that could not be asked. */
export function unknownMode(region: string, problem: string): ModeView {
  return { region, mode: "active-active", primary: null, closed: false, vector: {}, problem };
}

export interface ModeDocument {
  regions: ModeView[];
}

/** Whether the primary holds all that the others have written. */
export function isDrained({ regions }: ModeDocument, primary: string): boolean {
  const to = regions.find(({ region }) => region === primary);
  const others = regions.filter(({ region }) => region !== primary);
  if (to === undefined || others.length === 0) return false;
  return others.every(
    ({ closed, vector, problem }) =>
      closed &&
      problem === null &&
      Object.entries(vector).every(([origin, stamp]) => (to.vector[origin] ?? 0) >= stamp),
  );
}
