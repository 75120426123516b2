/** The exact texts of the errors that only sorted sets answer with. */
export const zsetErrors = {
  addConflict: "ERR XX and NX options at the same time are not compatible",
  addGreaterLess: "ERR GT, LT, and/or NX options at the same time are not compatible",
  addOnePair: "ERR INCR option supports a single increment-element pair",
  scoreNotNumber: "ERR resulting score is not a number (NaN)",
  scoreRange: "ERR min or max is not a float",
  lexRange: "ERR min or max not valid string range item",
  rangeLimit: "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
  rangeScores: "ERR syntax error, WITHSCORES not supported in combination with BYLEX",
  weight: "ERR weight value is not a float",
  limitNegative: "ERR LIMIT can't be negative",
  cursor: "ERR invalid cursor",
  randomCount: "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
  outOfRange: "ERR value is out of range",
} as const;

export function noInputKey(name: string): string {
  return `ERR at least 1 input key is needed for '${name.toLowerCase()}' command`;
}
