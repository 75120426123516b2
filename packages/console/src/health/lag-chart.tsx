/** Lines of lag over time, one a direction. What it draws stands below it as numbers. */
import type { LagSeries } from "@meridian/agent/api";
import { useEffect, useRef } from "react";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { clockText } from "../numbers.js";
import { useSize } from "../map/use-size.js";
import { useTheme } from "../theme/theme.js";
import { lagColumns, type LagKind } from "./lag-data.js";

export interface LagChartProps {
  series: readonly LagSeries[];
  kind: LagKind;
  regions: readonly string[];
}

const HEIGHT = 240;

export function LagChart({ series, kind, regions }: LagChartProps) {
  const [ref, { width }] = useSize<HTMLDivElement>();
  const plot = useRef<UPlot>(undefined);
  const { shown } = useTheme();
  const names = series.map(({ from, to }) => `${from}\n${to}`).join("\n\n");
  const isSized = width > 0;
  const data = useRef(lagColumns(series, kind));
  useEffect(() => {
    data.current = lagColumns(series, kind);
    plot.current?.setData(data.current);
  }, [series, kind]);
  useEffect(() => {
    const element = ref.current;
    if (element === null || !isSized) return;
    const made = new UPlot(optionsOf(names, regions, element.clientWidth), data.current, element);
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = undefined;
    };
    // Colours are read when it is made: another theme makes another one.
  }, [ref, isSized, names, shown, regions]);
  useEffect(() => {
    if (width > 0) plot.current?.setSize({ width, height: HEIGHT });
  }, [width]);
  return <div ref={ref} className="lag-chart" aria-hidden="true" />;
}

const DASHES: readonly number[][] = [[], [6, 4], [2, 3], [8, 3, 2, 3]];

function optionsOf(names: string, regions: readonly string[], width: number): UPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const font = `12px ${colour("--sans")}`;
  const axis: UPlot.Axis = {
    stroke: colour("--ink-3"),
    font,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    space: 70,
  };
  const lines = names === "" ? [] : names.split("\n\n");
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(10, high * 1.15)] } },
    axes: [
      { ...axis, values: (_plot, at, _axis, _space, step) => at.map((seconds) => timeText(seconds, step)) },
      { ...axis, size: 62, values: (_plot, values) => values.map(tickText) },
    ],
    series: [
      {},
      ...lines.map((line): UPlot.Series => {
        const [from = "", to = ""] = line.split("\n");
        return {
          stroke: colour(`--region-${Math.max(0, regions.indexOf(from)) % 8}`),
          width: 2,
          dash: DASHES[Math.max(0, regions.indexOf(to)) % DASHES.length] ?? [],
          points: { show: false },
        };
      }),
    ],
  };
}

/** Seconds only where ticks are closer than a minute. */
function timeText(seconds: number, step: number): string {
  return clockText(seconds * 1_000).slice(0, step < 60 ? 8 : 5);
}

function tickText(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`;
}
