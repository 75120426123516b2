/** What an operator relies on: each alarm has its runbook, and an alert; alerts speak of metrics and sections that are there. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { gatewayProblemCodes } from "../packages/agent/src/gateway/problems.js";
import { logEvents } from "../packages/agent/src/log-events.js";
import { alarmCodes } from "../packages/agent/src/replica/alarms.js";
import { documentedMetrics } from "./documented-metrics.js";
import { ROOT, read } from "./repository.js";

const RUNBOOKS = "docs/operating/alarms.md";
const PARTS = ["Means", "Users notice", "Look at", "Do", "Over"];
const SEVERITIES = ["page", "ticket", "info"];

interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

const codes = [...Object.keys(alarmCodes), ...Object.keys(gatewayProblemCodes)].toSorted();
const alerts = parse(read("ops/alerts.yml")) as { groups: { name: string; rules: Rule[] }[] };
const rules = alerts.groups.flatMap((group) => group.rules);

function sections(): Map<string, string> {
  const parts = read(RUNBOOKS).split(/^### /m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf("\n")).trim(), part.split(/^## /m)[0] ?? ""]));
}

test("every alarm has its runbook, with all that belongs into one, and no other has", () => {
  const found = sections();
  expect([...found.keys()].toSorted()).toEqual(codes);
  const incomplete = [...found].flatMap(([code, text]) => {
    const missing = PARTS.filter((part) => !text.includes(`* **${part}** `));
    return [...missing, ...(/^ {6}\$ /m.test(text) ? [] : ["a command"])].map((part) => `${code}: ${part}`);
  });
  expect(incomplete).toEqual([]);
});

test("every event of the log is described, as the agent has it, and no other", () => {
  const rows = [...read("docs/operating/agent.md").matchAll(/^\| `([a-z-]+)` +\| ([^|]*?) +\|$/gm)];
  const events = rows.map(([, event = "", text = ""]) => [event, text]);
  expect(Object.fromEntries(events)).toMatchObject(logEvents);
  const listed = read("docs/operating/agent.md").split("| `event` ")[1] ?? "";
  expect([...listed.matchAll(/^\| `([a-z-]+)`/gm)].map(([, event]) => event)).toEqual(Object.keys(logEvents));
});

test("every alarm is named in the table of what is urgent", () => {
  const links = new Set([...read(RUNBOOKS).matchAll(/\]\(#([a-z_]+)\)/g)].map(([, anchor = ""]) => anchor));
  const cousins = new Map([["gateway_certificate", "replica_link_certificate"]]);
  const missing = codes.map((code) => code.toLowerCase()).filter((code) => !links.has(cousins.get(code) ?? code));
  expect(missing).toEqual([]);
});

test("every alert has a name of its own, a severity, a summary and a runbook that is there", () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const { alert, labels, annotations, for: lasting } of rules) {
    expect(SEVERITIES, alert).toContain(labels["severity"]);
    expect(annotations["summary"], alert).toBeTruthy();
    expect(annotations["description"], alert).toBeTruthy();
    if (lasting !== undefined) expect(lasting, alert).toMatch(/^\d+[smh]$/);
    const [path = "", anchor] = (annotations["runbook"] ?? "").split("#");
    const headings = [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
      heading.toLowerCase().replaceAll(" ", "-"),
    );
    if (anchor !== undefined) expect(headings, alert).toContain(anchor);
  }
});

test("alerts speak of metrics that are documented, and are in the table of the runbooks", () => {
  const known = documentedMetrics().map(({ name }) => name);
  const used = rules.flatMap(({ expr }) => expr.match(/\bmeridian_\w+/g) ?? []);
  expect(used.filter((name) => !known.includes(name))).toEqual([]);
  const ownOf = (expr: string): boolean => /meridian_alarms_total\{code="/.test(expr);
  const page = read(RUNBOOKS);
  const missing = rules.filter(({ alert, expr }) => !ownOf(expr) && !page.includes(`| \`${alert}\``));
  expect(missing.map(({ alert }) => alert)).toEqual([]);
});

test("every alarm is alerted once: by a rule of its own, or by the one for all others", () => {
  const own = rules.flatMap(({ expr }) =>
    [...expr.matchAll(/meridian_alarms_total\{code="(\w+)"/g)].map(([, code = ""]) => code),
  );
  const rest = rules.find(({ alert }) => alert === "MeridianAlarm");
  const excluded = /code!~"([^"]*)"/.exec(rest?.expr ?? "")?.[1]?.split("|") ?? [];
  expect(own.toSorted()).toEqual(excluded.toSorted());
  expect(own.filter((code) => !codes.includes(code))).toEqual([]);
});

test("every fault has a test that is there, by its title where one is given", () => {
  const rows = read("docs/operating/faults.md").matchAll(/^\|(?! ---|.*shown by \|$)(.*)\|$/gm);
  const broken = [...rows].flatMap(([row]) => {
    const [, path, title] = /`([^`]+\.test\.ts)`(?:: "([^"]+)")? +\|$/.exec(row) ?? [];
    if (path === undefined) return [`no test: ${row}`];
    if (!existsSync(join(ROOT, path))) return [`${path} is not there`];
    return title === undefined || read(path).includes(title) ? [] : [`${path} has no test "${title}"`];
  });
  expect(broken).toEqual([]);
});
