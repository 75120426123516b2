/** Redis's patterns, in any case of letters: `*`, `?`, `[a-c]`, `[^a]` and `\` before what stands for itself. */

export function matchesGlob(pattern: string, text: string): boolean {
  return matchesFrom(pattern.toLowerCase(), 0, text.toLowerCase(), 0);
}

function matchesFrom(pattern: string, patternFrom: number, text: string, textFrom: number): boolean {
  let place = textFrom;
  for (let at = patternFrom; at < pattern.length;) {
    const sign = pattern.substring(at, at + 1);
    if (sign === "*") {
      for (let rest = place; rest <= text.length; rest++) if (matchesFrom(pattern, at + 1, text, rest)) return true;
      return false;
    }
    if (place >= text.length) return false;
    const end = sign === "[" ? classEnd(pattern, at) : sign === "\\" && at + 1 < pattern.length ? at + 2 : at + 1;
    if (!matchesOne(pattern.substring(at, end), text.substring(place, place + 1))) return false;
    at = end;
    place++;
  }
  return place === text.length;
}

/** Right after the `]` of the class that begins at `from`. */
function classEnd(pattern: string, from: number): number {
  let at = from + 1;
  while (at < pattern.length && pattern.substring(at, at + 1) !== "]") {
    at += pattern.substring(at, at + 1) === "\\" ? 2 : 1;
  }
  return at < pattern.length ? at + 1 : pattern.length;
}

function matchesOne(part: string, letter: string): boolean {
  const sign = part.substring(0, 1);
  if (sign === "?") return true;
  if (sign === "\\" && part.length === 2) return part.substring(1) === letter;
  if (sign !== "[") return part === letter;
  const isNegated = part.substring(1, 2) === "^";
  let isFound = false;
  const end = part.length > 1 && part.substring(part.length - 1) === "]" ? part.length - 1 : part.length;
  for (let at = isNegated ? 2 : 1; at < end; at++) {
    if (part.substring(at, at + 1) === "\\" && at + 1 < end) at++;
    const first = part.substring(at, at + 1);
    let last = first;
    if (part.substring(at + 1, at + 2) === "-" && at + 2 < end) {
      last = part.substring(at + 2, at + 3);
      at += 2;
    }
    if ((letter >= first && letter <= last) || (letter >= last && letter <= first)) isFound = true;
  }
  return isFound !== isNegated;
}
