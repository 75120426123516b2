/** Who takes the writes and how far the others are behind, for people. */
import { lagText, table, type StatusDocument, type Style } from "@meridian/agent/api";

/** None where all regions take writes. */
export function roleLines({ regions }: StatusDocument, style: Style): string[] {
  const views = regions.flatMap(({ region, activePassive: view }) => (view === undefined ? [] : [{ region, ...view }]));
  if (views.length === 0) return [];
  const rows = views.map((view) => [
    view.region,
    view.role,
    view.primary ?? "-",
    String(view.epoch),
    view.lagBytes === null ? "-" : String(view.lagBytes),
    lagText(view),
    lagText({ lagMs: view.stalenessMs }),
    view.linkUp ? "up" : "down",
  ]);
  const header = ["region", "role", "primary", "epoch", "behind, bytes", "behind", "data at most", "replication"];
  const notes = views.flatMap(({ region, held }) => (held === null ? [] : `${region}: writes wait: ${held}`));
  return ["", ...table(header, rows, style), ...notes.map(style.yellow)];
}
