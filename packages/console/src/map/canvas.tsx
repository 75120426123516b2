/**
 * What is drawn below the regions: the land in dots, and operations as dots on their way. Decoration: all that it tells
 * stands in the labels and the table as text. Where motion is not wanted, nothing moves.
 */
import { useEffect, useRef } from "react";
import { useTheme } from "../theme/theme.js";
import { pointBeside, type Arc, type Layout, type Size } from "./layout.js";
import { Traffic, type Lane } from "./traffic.js";
import { isLand } from "./world.js";

const GRID = 8;
const ASIDE = 3.5;

function prepare(canvas: HTMLCanvasElement, { width, height }: Size): CanvasRenderingContext2D | null {
  const ratio = Math.min(2, devicePixelRatio);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function LandCanvas({ size, earthAt }: { size: Size; earthAt: Layout["earthAt"] }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const { shown } = useTheme();
  useEffect(() => {
    const context = ref.current === null ? null : prepare(ref.current, size);
    if (context === null || earthAt === undefined) return;
    context.fillStyle = colour("--dot");
    for (let y = GRID / 2; y < size.height; y += GRID) {
      for (let x = GRID / 2; x < size.width; x += GRID) {
        if (!isLand(earthAt({ x, y }))) continue;
        context.beginPath();
        context.arc(x, y, 2, 0, 2 * Math.PI);
        context.fill();
      }
    }
  }, [size, earthAt, shown]);
  return <canvas ref={ref} className="map-canvas" aria-hidden="true" />;
}

export interface DrawnLane extends Lane {
  /** In the direction of the link. */
  arc: Arc;
  /** The variable of the sending region's colour. */
  hue: string;
}

export function TrafficCanvas({ size, lanes }: { size: Size; lanes: readonly DrawnLane[] }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const traffic = useRef(new Traffic());
  const latest = useRef(lanes);
  useEffect(() => {
    latest.current = lanes;
    traffic.current.setLanes(lanes);
  }, [lanes]);
  useEffect(() => {
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    const context = ref.current === null ? null : prepare(ref.current, size);
    if (context === null) return;
    let frame = 0;
    const draw = (nowMs: number): void => {
      frame = requestAnimationFrame(draw);
      context.clearRect(0, 0, size.width, size.height);
      if (still.matches) return;
      const known = new Map(latest.current.map((lane) => [lane.id, lane]));
      const dots = traffic.current.at(nowMs);
      if (dots.length === 0) return;
      const colours = new Map<string, string>();
      for (const { lane: id, share } of dots) {
        const lane = known.get(id);
        if (lane === undefined) continue;
        if (!colours.has(lane.hue)) colours.set(lane.hue, colour(lane.hue));
        const { x, y } = pointBeside(lane.arc, share, ASIDE);
        context.fillStyle = colours.get(lane.hue) ?? "";
        context.beginPath();
        context.arc(x, y, 3, 0, 2 * Math.PI);
        context.fill();
      }
    };
    frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, [size]);
  return <canvas ref={ref} className="map-canvas" aria-hidden="true" />;
}
