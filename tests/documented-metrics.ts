/** The metrics as docs/reference/metrics.md has them. */
import { read } from "./repository.js";

export interface DocumentedMetric {
  name: string;
  type: string;
  labels: string[];
  /** Says when it is absent. */
  mayBeAbsent: boolean;
}

export function documentedMetrics(): DocumentedMetric[] {
  const rows = [...read("docs/reference/metrics.md").matchAll(/^\| `(meridian_\w+)` \| (\w+) \| ([^|]*) \|(.*)\|$/gm)];
  return rows.map(([, name = "", type = "", labels = "", rest = ""]) => ({
    name,
    type,
    labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = ""]) => label).toSorted(),
    mayBeAbsent: /\babsent\b/.test(rest),
  }));
}
