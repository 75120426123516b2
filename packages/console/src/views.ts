/** The views of the page, in the order of the navigation. */
import type { IconName } from "./parts/icon.js";

export interface View {
  path: string;
  name: string;
  icon: IconName;
}

export const views: readonly View[] = [
  { path: "/", name: "Map", icon: "map" },
  { path: "/playground", name: "Playground", icon: "terminal" },
  { path: "/keys", name: "Keys", icon: "key" },
  { path: "/conflicts", name: "Conflicts", icon: "conflicts" },
  { path: "/health", name: "Health", icon: "health" },
];
