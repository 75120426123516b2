/**
 * Which members lie in a circle or a box, in the order in which Redis finds them: it looks through the cell of the
 * centre and those around it, of a size at which they cover the shape, each by its range of scores.
 */
import {
  boundsOf,
  cellAt,
  positionAt,
  scoresIn,
  STEPS_MAX,
  type Bounds,
  type Cell,
  type Position,
} from "./geo-hash.js";
import type { SortedSet } from "./sorted-set.js";

/** Sizes are in metres. */
export type Shape = { centre: Position } & ({ radius: number } | { width: number; height: number });

export interface Found extends Position {
  member: string;
  score: number;
  /** From the centre, in metres. */
  distance: number;
}

const EARTH_RADIUS = 6372797.560856;
/** Half of what a Mercator map is wide. */
const MAP_MAX = 20037726.37;
const RADIANS = Math.PI / 180;

/** Along the great circle, in metres. */
export function distanceBetween(from: Position, to: Position): number {
  const [fromLatitude, toLatitude] = [from.latitude * RADIANS, to.latitude * RADIANS];
  const u = Math.sin((toLatitude - fromLatitude) / 2);
  const v = Math.sin((to.longitude * RADIANS - from.longitude * RADIANS) / 2);
  const haversine = u * u + Math.cos(fromLatitude) * Math.cos(toLatitude) * v * v;
  return 2 * EARTH_RADIUS * Math.asin(Math.sqrt(haversine));
}

/** The distance from the centre, where the shape holds the position. */
function distanceWithin(shape: Shape, position: Position): number | undefined {
  const { centre } = shape;
  if ("radius" in shape) {
    const distance = distanceBetween(centre, position);
    return distance > shape.radius ? undefined : distance;
  }
  const sideways = distanceBetween(position, { longitude: centre.longitude, latitude: position.latitude });
  const upwards = distanceBetween(position, { longitude: position.longitude, latitude: centre.latitude });
  if (sideways > shape.width / 2 || upwards > shape.height / 2) return undefined;
  return distanceBetween(centre, position);
}

function surrounding(shape: Shape): Bounds {
  const { longitude, latitude } = shape.centre;
  const [halfWidth, halfHeight] =
    "radius" in shape ? [shape.radius, shape.radius] : [shape.width / 2, shape.height / 2];
  const upwards = halfHeight / EARTH_RADIUS / RADIANS;
  // A degree is shortest at the side towards the pole.
  const farLatitude = latitude < 0 ? latitude - upwards : latitude + upwards;
  const sideways = halfWidth / EARTH_RADIUS / Math.cos(farLatitude * RADIANS) / RADIANS;
  return {
    west: longitude - sideways,
    south: latitude - upwards,
    east: longitude + sideways,
    north: latitude + upwards,
  };
}

/** How fine the cells may be for nine of them to cover the shape; fewer steps near the poles. */
function stepsFor(shape: Shape): number {
  const reach = "radius" in shape ? shape.radius : Math.hypot(shape.width / 2, shape.height / 2);
  if (reach === 0) return STEPS_MAX;
  let steps = -1;
  for (let size = reach; size < MAP_MAX; size *= 2) steps++;
  const latitude = Math.abs(shape.centre.latitude);
  if (latitude > 66) steps--;
  if (latitude > 80) steps--;
  return Math.min(STEPS_MAX, Math.max(1, steps));
}

/** The cell beside, the map going round. */
function beside({ x, y, steps }: Cell, eastwards: number, northwards: number): Cell {
  const moved = (at: number, by: number): number => (by === 0 ? at : (at + by + 2 ** steps) % 2 ** steps);
  return { x: moved(x, eastwards), y: moved(y, northwards), steps };
}

/** Around the centre, in the order of the search. */
const directions: readonly [eastwards: number, northwards: number][] = [
  [0, 0],
  [0, 1],
  [0, -1],
  [1, 0],
  [-1, 0],
  [1, 1],
  [-1, 1],
  [1, -1],
  [-1, -1],
];

function cellsFor(shape: Shape): Cell[] {
  const bounds = surrounding(shape);
  let centre = cellAt(shape.centre, stepsFor(shape));
  const isCovered =
    boundsOf(beside(centre, 0, 1)).north >= bounds.north &&
    boundsOf(beside(centre, 0, -1)).south <= bounds.south &&
    boundsOf(beside(centre, 1, 0)).east >= bounds.east &&
    boundsOf(beside(centre, -1, 0)).west <= bounds.west;
  if (centre.steps > 1 && !isCovered) centre = cellAt(shape.centre, centre.steps - 1);
  const own = boundsOf(centre);
  const isUseful = ([eastwards, northwards]: readonly [number, number]): boolean => {
    if (centre.steps < 2) return true;
    if (northwards < 0 && own.south < bounds.south) return false;
    if (northwards > 0 && own.north > bounds.north) return false;
    if (eastwards < 0 && own.west < bounds.west) return false;
    return !(eastwards > 0 && own.east > bounds.east);
  };
  return directions.filter(isUseful).map(([eastwards, northwards]) => beside(centre, eastwards, northwards));
}

/** The members in the shape; with a limit (0 is none) the first that are found. */
export function searchShape(set: SortedSet, shape: Shape, limit: number): Found[] {
  const found: Found[] = [];
  let last: Cell | undefined;
  for (const [at, cell] of cellsFor(shape).entries()) {
    // Where cells are large, those on both sides of the centre are the same.
    if (last && last.x === cell.x && last.y === cell.y) continue;
    if (limit > 0 && found.length >= limit) break;
    const [from, to] = scoresIn(cell);
    const [first, end] = [set.firstNot(({ score }) => score < from), set.firstNot(({ score }) => score < to)];
    for (const { member, score } of set.members.slice(first, end)) {
      const position = positionAt(score);
      const distance = distanceWithin(shape, position);
      if (distance !== undefined) found.push({ ...position, member, score, distance });
      if (limit > 0 && found.length >= limit) break;
    }
    if (at > 0) last = cell;
  }
  return found;
}
