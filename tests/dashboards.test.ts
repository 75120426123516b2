/** The dashboards in ops/grafana: they load, and speak of metrics, labels and kinds that are there. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { documentedMetrics } from "./documented-metrics.js";
import { ROOT, read } from "./repository.js";

interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource?: { uid: string };
  targets?: { expr: string; legendFormat: string }[];
}

interface Dashboard {
  uid: string;
  title: string;
  schemaVersion: number;
  templating: { list: { name: string; definition?: string }[] };
  panels: Panel[];
}

const FOLDER = "ops/grafana";
const GRID_WIDTH = 24;
const names = readdirSync(join(ROOT, FOLDER)).toSorted();
const dashboards = names.map((name) => JSON.parse(read(`${FOLDER}/${name}`)) as Dashboard);
const metrics = new Map(documentedMetrics().map((metric) => [metric.name, metric]));
const targets = dashboards.flatMap(({ panels }) => panels.flatMap((panel) => panel.targets ?? []));

test("each has a name of its own, panels that don't overlap, and a data source to choose", () => {
  expect(names.length).toBeGreaterThan(0);
  expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(names.length);
  for (const { title, panels, schemaVersion, templating } of dashboards) {
    expect(schemaVersion, title).toBeGreaterThan(30);
    expect(new Set(panels.map(({ id }) => id)).size, title).toBe(panels.length);
    const taken = new Set<string>();
    for (const panel of panels) {
      const { x, y, w, h } = panel.gridPos;
      expect(x + w, panel.title).toBeLessThanOrEqual(GRID_WIDTH);
      for (let cell = 0; cell < w * h; cell++) {
        const place = `${x + (cell % w)} ${y + Math.floor(cell / w)}`;
        expect(taken.has(place), `${title}: ${panel.title}`).toBe(false);
        taken.add(place);
      }
      if (panel.type !== "row") expect(panel.datasource?.uid, panel.title).toBe("${datasource}");
    }
    expect(templating.list.map(({ name }) => name)).toEqual(["datasource", "region"]);
  }
});

test("they ask for metrics that are documented, with labels that those have", () => {
  const asked = [
    ...targets.map(({ expr }) => expr),
    ...dashboards.flatMap(({ templating }) => templating.list.flatMap(({ definition }) => definition ?? [])),
  ];
  for (const expr of asked) {
    const used = [...expr.matchAll(/\b(meridian_\w+)(?:\{([^}]*)\})?/g)];
    expect(used.length, expr).toBeGreaterThan(0);
    for (const [, name = "", matchers = ""] of used) {
      const metric = metrics.get(name);
      expect(metric, name).toBeDefined();
      const wanted = [...matchers.matchAll(/(\w+)=?[~!=]/g), ...expr.matchAll(/by \(([^)]*)\)/g)];
      for (const label of wanted.flatMap(([, text = ""]) => text.split(", "))) {
        expect(metric?.labels, `${name} in ${expr}`).toContain(label);
      }
    }
  }
});

test("counters are shown as rates, gauges as they are", () => {
  for (const { expr } of targets) {
    for (const [, call = "", name = ""] of expr.matchAll(/(rate\(|increase\()?\b(meridian_\w+)/g)) {
      expect(call !== "", `${name} in ${expr}`).toBe(metrics.get(name)?.type === "counter");
    }
  }
});

test("a legend names labels that the result has", () => {
  for (const { expr, legendFormat } of targets) {
    const kept = /by \(([^)]*)\)/.exec(expr)?.[1]?.split(", ") ?? [];
    for (const [, label = ""] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(kept, legendFormat).toContain(label);
  }
});
