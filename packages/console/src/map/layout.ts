/**
 * Where regions and links are drawn. Pure.
 *
 * 1. When every region's place is known, they stand on a map of which as much is seen as they need; its height may be
 *    stretched a little to fill the room there is. When one is not known, all stand in a ring: no place is made up.
 * 2. A link is one arc for both directions, bent away from the regions that it doesn't join.
 */
import { placeOf } from "./places.js";
import type { Place } from "./world.js";

export interface Size {
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

export interface Layout {
  nodes: ReadonlyMap<string, Point>;
  /** What a point of the picture shows of the earth; undefined: it is no map. */
  earthAt: ((point: Point) => Place) | undefined;
}

export interface Arc {
  from: Point;
  bend: Point;
  to: Point;
}

/** Of the width and the height of what the regions span, kept free at each side. */
const MARGIN = 0.2;
const SPAN_MIN = { longitude: 70, latitude: 40 };
/** How much taller than wide a degree may be. */
const STRETCH = { min: 1.15, max: 1.75 };
/** The part of the earth that people live in. */
const EARTH = { west: -170, east: 190, south: -56, north: 78 };
const RING_SHARE = 0.33;

export function layoutOf(regions: readonly string[], size: Size): Layout {
  if (size.width === 0 || size.height === 0) return { nodes: new Map(), earthAt: undefined };
  const places = regions.map((region) => ({ region, place: placeOf(region) }));
  const known = places.flatMap(({ region, place }) => (place === undefined ? [] : [{ region, place }]));
  if (known.length < regions.length || regions.length === 0) return ring(regions, size);
  return onMap(known, size);
}

function ring(regions: readonly string[], { width, height }: Size): Layout {
  const [radiusX, radiusY] = [width * RING_SHARE, height * RING_SHARE];
  const nodes = regions.map((region, index): [string, Point] => {
    const angle = (index / regions.length) * 2 * Math.PI - (regions.length === 2 ? Math.PI : Math.PI / 2);
    return [region, { x: width / 2 + radiusX * Math.cos(angle), y: height / 2 + radiusY * Math.sin(angle) }];
  });
  return { nodes: new Map(nodes), earthAt: undefined };
}

function onMap(known: readonly { region: string; place: Place }[], { width, height }: Size): Layout {
  const across = spanOf(
    known.map(({ place }) => place[0]),
    SPAN_MIN.longitude,
  );
  const up = spanOf(
    known.map(({ place }) => place[1]),
    SPAN_MIN.latitude,
  );
  // Pixels a degree: as large as all fit, then at most so much taller than wide.
  const fitX = width / across.span;
  const fitY = height / up.span;
  const scaleX = Math.min(fitX, fitY / STRETCH.min);
  const scaleY = Math.min(fitY, scaleX * STRETCH.max);
  const west = keepIn(across.middle, width / scaleX, EARTH.west, EARTH.east) - width / scaleX / 2;
  const north = keepIn(up.middle, height / scaleY, EARTH.south, EARTH.north) + height / scaleY / 2;
  const nodes = known.map(({ region, place: [longitude, latitude] }): [string, Point] => [
    region,
    { x: (longitude - west) * scaleX, y: (north - latitude) * scaleY },
  ]);
  return { nodes: new Map(nodes), earthAt: ({ x, y }) => [west + x / scaleX, north - y / scaleY] };
}

function spanOf(values: readonly number[], least: number): { middle: number; span: number } {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return { middle: (low + high) / 2, span: Math.max(least, (high - low) * (1 + 2 * MARGIN)) };
}

/** The middle, moved so that nothing beyond the edges is seen where that is possible. */
function keepIn(middle: number, span: number, low: number, high: number): number {
  if (span >= high - low) return (low + high) / 2;
  return Math.min(Math.max(middle, low + span / 2), high - span / 2);
}

const BEND = 0.2;

export function arcBetween(from: Point, to: Point, others: readonly Point[]): Arc {
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const bends = [1, -1].map((side) => ({ x: middle.x + dy * BEND * side, y: middle.y - dx * BEND * side }));
  const clear = bends.map((bend) => clearance({ from, bend, to }, others));
  const [first = middle, second = middle] = bends;
  const upper = first.y <= second.y ? 0 : 1;
  const isUpperClear = (clear[upper] ?? 0) >= (clear[1 - upper] ?? 0);
  const bend = isUpperClear === (upper === 0) ? first : second;
  return { from, bend, to };
}

/** How near the arc comes to any of them. */
function clearance(arc: Arc, others: readonly Point[]): number {
  if (others.length === 0) return 0;
  const steps = [0.15, 0.3, 0.5, 0.7, 0.85];
  return Math.min(
    ...others.flatMap((other) =>
      steps.map((share) => {
        const { x, y } = pointOn(arc, share);
        return Math.hypot(x - other.x, y - other.y);
      }),
    ),
  );
}

/** The point after this share of the way, from 0 to 1. */
export function pointOn({ from, bend, to }: Arc, share: number): Point {
  const rest = 1 - share;
  return {
    x: rest * rest * from.x + 2 * rest * share * bend.x + share * share * to.x,
    y: rest * rest * from.y + 2 * rest * share * bend.y + share * share * to.y,
  };
}

/** As above, and beside the arc by so many pixels: to the right of who travels. */
export function pointBeside(arc: Arc, share: number, aside: number): Point {
  const here = pointOn(arc, share);
  const ahead = pointOn(arc, Math.min(1, share + 0.01));
  const behind = pointOn(arc, Math.max(0, share - 0.01));
  const [dx, dy] = [ahead.x - behind.x, ahead.y - behind.y];
  const length = Math.hypot(dx, dy) || 1;
  return { x: here.x - (dy / length) * aside, y: here.y + (dx / length) * aside };
}
