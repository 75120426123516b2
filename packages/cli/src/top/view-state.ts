/** What a person looks at, and how keys change that. */
export const VIEWS = ["overview", "links", "conflicts", "health"] as const;
export type View = (typeof VIEWS)[number];

export interface ViewState {
  view: View;
  /** Lines that are above the screen. */
  scrolled: number;
}

/** A key by the name that Node's readline gives it; undefined: it ends. */
export function pressed({ view, scrolled }: ViewState, key: string): ViewState | undefined {
  const at = VIEWS.indexOf(view);
  const turned = (by: number): ViewState => {
    return { view: VIEWS[(at + by + VIEWS.length) % VIEWS.length] ?? "overview", scrolled: 0 };
  };
  switch (key) {
    case "q":
    case "escape":
    case "ctrl-c":
      return undefined;
    case "right":
    case "tab":
      return turned(1);
    case "left":
      return turned(-1);
    case "up":
      return { view, scrolled: Math.max(0, scrolled - 1) };
    case "down":
      return { view, scrolled: scrolled + 1 };
    default: {
      const named = VIEWS[Number(key) - 1];
      return named === undefined ? { view, scrolled } : { view: named, scrolled: 0 };
    }
  }
}
