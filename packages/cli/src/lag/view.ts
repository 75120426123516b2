/** Lags drawn: a line for each link, all on one scale; and the report at the end. */
import { padded, table, type Style } from "@meridian/agent/api";
import { msText } from "../numbers.js";
import { sparkline } from "../terminal/sparkline.js";
import type { LagHistory, LagReport } from "./history.js";

const CHART_MIN = 10;
const CHART_MAX = 60;

export function chartLines({ links }: LagHistory, columns: number, style: Style): string[] {
  const rows = [...links.values()];
  const names = rows.map(({ from, to }) => `${from} -> ${to}`);
  const nameWidth = Math.max(...names.map((name) => name.length), 0);
  const width = Math.min(CHART_MAX, Math.max(CHART_MIN, columns - nameWidth - 22));
  const top = Math.max(1, ...rows.flatMap(({ shown }) => shown.slice(-width).map((value) => value ?? 0)));
  return [
    style.dim(`lag, the last ${width} s; the highest bar is ${msText(top)}`),
    ...rows.map(({ shown, state }, index) => {
      const chart = sparkline(shown, width, top);
      const now = state === "up" ? msText(shown.at(-1)) : state;
      const paint = state === "up" ? style.green : style.red;
      return `${padded(names[index] ?? "", nameWidth)}  ${paint(chart)}  ${now}`;
    }),
  ];
}

export function reportLines({ seconds, links, unanswered }: LagReport, style: Style): string[] {
  const rows = links.map(({ from, to, lagMs, secondsDown, backlogEntries }) => [
    `${from} -> ${to}`,
    msText(lagMs?.p50),
    msText(lagMs?.p90),
    msText(lagMs?.p99),
    msText(lagMs?.max),
    secondsDown === 0 ? "" : `${secondsDown} s`,
    String(backlogEntries),
  ]);
  return [
    style.bold(`Lag, looked at each second for ${seconds} s`),
    ...table(["link", "p50", "p90", "p99", "max", "not up", "waiting now"], rows, style),
    ...(unanswered === 0 ? [] : [style.yellow(`the admin API did not answer ${unanswered} times`)]),
  ];
}
