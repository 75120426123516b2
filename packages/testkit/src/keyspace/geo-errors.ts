/** The exact texts of the errors that only positions answer with. */
import { fixedText } from "./doubles.js";

export const geoErrors = {
  unit: "ERR unsupported unit provided. please use M, KM, FT, MI",
  radius: "ERR need numeric radius",
  radiusNegative: "ERR radius cannot be negative",
  width: "ERR need numeric width",
  height: "ERR need numeric height",
  boxNegative: "ERR height or width cannot be negative",
  member: "ERR could not decode requested zset member",
  count: "ERR COUNT must be > 0",
  any: "ERR the ANY argument requires COUNT argument",
  searchStoreWith: "ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
  radiusStoreWith: "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
} as const;

const FRACTION_DIGITS = 6;

export function badPosition(longitude: number, latitude: number): string {
  const texts = [longitude, latitude].map((value) => fixedText(value, FRACTION_DIGITS));
  return `ERR invalid longitude,latitude pair ${texts.join(",")}`;
}

export function noCentre(name: string): string {
  return `ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ${name}`;
}

export function noShape(name: string): string {
  return `ERR exactly one of BYRADIUS and BYBOX can be specified for ${name}`;
}
