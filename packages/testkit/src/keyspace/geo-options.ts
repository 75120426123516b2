/** The arguments of the searches around a position, checked in Redis's order and with its errors. */
import { parseDouble } from "./doubles.js";
import { errorTexts, refuse } from "./errors.js";
import { badPosition, geoErrors, noCentre, noShape } from "./geo-errors.js";
import { LATITUDE_MAX, LONGITUDE_MAX, positionAt, type Position } from "./geo-hash.js";
import type { Shape } from "./geo-search.js";
import { int64 } from "./numbers.js";
import type { SortedSet } from "./sorted-set.js";

export interface SearchForm {
  /** Where the first arguments say the centre and the radius; otherwise options do. */
  radiusOf?: "position" | "member";
  /** By an option that names the key, or by the command itself. */
  storing?: "option" | "command";
}

type Size = { radius: number } | { width: number; height: number };

export interface SearchOptions {
  centre?: Position;
  size?: Size;
  /** Metres in the unit that was given. */
  unit: number;
  with: Set<string>;
  order?: "ASC" | "DESC";
  /** 0 is all. */
  count: number;
  any: boolean;
  storeKey?: string;
  storesDistance: boolean;
}

const units = new Map([
  ["M", 1],
  ["KM", 1000],
  ["FT", 0.3048],
  ["MI", 1609.34],
]);

export function parseUnit(text: string): number {
  return units.get(text.toUpperCase()) ?? refuse(geoErrors.unit);
}

export function parsePosition([longitudeText = "", latitudeText = ""]: string[]): Position {
  const longitude = parseDouble(longitudeText) ?? refuse(errorTexts.notFloat);
  const latitude = parseDouble(latitudeText) ?? refuse(errorTexts.notFloat);
  const isOnMap = Math.abs(longitude) <= LONGITUDE_MAX && Math.abs(latitude) <= LATITUDE_MAX;
  return isOnMap ? { longitude, latitude } : refuse(badPosition(longitude, latitude));
}

function setRadius(options: SearchOptions, [radiusText = "", unitText = ""]: string[]): void {
  const radius = parseDouble(radiusText) ?? refuse(geoErrors.radius);
  if (radius < 0) refuse(geoErrors.radiusNegative);
  options.unit = parseUnit(unitText);
  options.size = { radius };
}

function setBox(options: SearchOptions, [widthText = "", heightText = "", unitText = ""]: string[]): void {
  const width = parseDouble(widthText) ?? refuse(geoErrors.width);
  const height = parseDouble(heightText) ?? refuse(geoErrors.height);
  if (width < 0 || height < 0) refuse(geoErrors.boxNegative);
  options.unit = parseUnit(unitText);
  options.size = { width, height };
}

function positionOf(set: SortedSet, member: string): Position {
  const score = set.scoreOf(member);
  return score === undefined ? refuse(geoErrors.member) : positionAt(score);
}

/** `args` are those after the key that is searched; `set` is what it holds. */
export function parseSearch(args: string[], set: SortedSet | undefined, form: SearchForm, name: string): SearchOptions {
  const options: SearchOptions = { unit: 1, with: new Set(), count: 0, any: false, storesDistance: false };
  let rest = args;
  if (form.radiusOf === "position") {
    options.centre = parsePosition(args);
    setRadius(options, args.slice(2));
    rest = args.slice(4);
  } else if (form.radiusOf === "member") {
    if (set) {
      options.centre = positionOf(set, args[0] ?? "");
      setRadius(options, args.slice(1));
    }
    rest = args.slice(3);
  }
  const hasCentre = parseWords(rest, set, form, options);
  if ((form.storing === "command" || options.storeKey !== undefined) && options.with.size > 0) {
    refuse(form.storing === "command" ? geoErrors.searchStoreWith : geoErrors.radiusStoreWith);
  }
  if (form.radiusOf === undefined && !hasCentre) refuse(noCentre(name));
  if (form.radiusOf === undefined && !options.size) refuse(noShape(name));
  if (options.any && options.count === 0) refuse(geoErrors.any);
  return options;
}

/** Reads what may come in any order; answers whether a centre was given, known or not. */
function parseWords(args: string[], set: SortedSet | undefined, form: SearchForm, options: SearchOptions): boolean {
  let centreBy: string | undefined;
  for (let at = 0; at < args.length; at++) {
    const word = (args[at] ?? "").toUpperCase();
    const left = args.length - at - 1;
    const next = args.slice(at + 1);
    if (["WITHDIST", "WITHHASH", "WITHCOORD"].includes(word)) options.with.add(word);
    else if (word === "ANY") options.any = true;
    else if (word === "ASC" || word === "DESC") options.order = word;
    else if (word === "COUNT" && left >= 1) {
      options.count = Number(int64(args[++at] ?? ""));
      if (options.count <= 0) refuse(geoErrors.count);
    } else if ((word === "STORE" || word === "STOREDIST") && form.storing === "option" && left >= 1) {
      options.storeKey = args[++at] ?? "";
      options.storesDistance = word === "STOREDIST";
    } else if (word === "STOREDIST" && form.storing === "command") options.storesDistance = true;
    else if (form.radiusOf !== undefined) refuse(errorTexts.syntax);
    else if (word === "FROMMEMBER" && left >= 1 && centreBy !== "FROMLONLAT") {
      centreBy = word;
      if (set) options.centre = positionOf(set, next[0] ?? "");
      at++;
    } else if (word === "FROMLONLAT" && left >= 2 && centreBy !== "FROMMEMBER") {
      centreBy = word;
      options.centre = parsePosition(next);
      at += 2;
    } else if (word === "BYRADIUS" && left >= 2 && !(options.size && "width" in options.size)) {
      setRadius(options, next);
      at += 2;
    } else if (word === "BYBOX" && left >= 3 && !(options.size && "radius" in options.size)) {
      setBox(options, next);
      at += 3;
    } else refuse(errorTexts.syntax);
  }
  return centreBy !== undefined;
}

/** The shape in metres. */
export function shapeOf(centre: Position, size: Size, unit: number): Shape {
  return "radius" in size
    ? { centre, radius: size.radius * unit }
    : { centre, width: size.width * unit, height: size.height * unit };
}
