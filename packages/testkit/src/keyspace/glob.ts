/** Redis's patterns: `*`, `?`, `[abc]`, `[^a-c]`, and a backslash before what stands for itself. */
export function matchesGlob(pattern: string, text: string): boolean {
  return matches(pattern, 0, text, 0);
}

function matches(pattern: string, patternStart: number, text: string, textStart: number): boolean {
  let [at, place] = [patternStart, textStart];
  for (; at < pattern.length && place < text.length; place++) {
    const char = pattern[at];
    if (char === "*") return matchesRest(pattern, at, text, place);
    if (char === "[") {
      const [isIn, end] = inClass(pattern, at + 1, text[place]!);
      if (!isIn) return false;
      at = end + 1;
    } else {
      const escaped = char === "\\" && at + 1 < pattern.length;
      if (escaped) at++;
      if ((escaped || char !== "?") && pattern[at] !== text[place]) return false;
      at++;
    }
  }
  while (place === text.length && pattern[at] === "*") at++;
  return at >= pattern.length && place === text.length;
}

/** From a star on: it takes any number of characters. */
function matchesRest(pattern: string, star: number, text: string, textStart: number): boolean {
  let at = star;
  while (pattern[at] === "*") at++;
  if (at === pattern.length) return true;
  for (let place = textStart; place < text.length; place++) if (matches(pattern, at, text, place)) return true;
  return false;
}

/** Whether the character is in the class that opens before `start`, and where that ends: at the last one at most. */
function inClass(pattern: string, start: number, char: string): [isIn: boolean, end: number] {
  const isNegated = pattern[start] === "^";
  let at = isNegated ? start + 1 : start;
  let isIn = false;
  for (; at < pattern.length && pattern[at] !== "]"; at++) {
    if (pattern[at] === "\\" && at + 1 < pattern.length) isIn ||= pattern[++at] === char;
    else if (pattern[at + 1] === "-" && at + 2 < pattern.length) {
      const [first, last] = [pattern[at]!, pattern[at + 2]!];
      isIn ||= (char >= first && char <= last) || (char >= last && char <= first);
      at += 2;
    } else isIn ||= pattern[at] === char;
  }
  return [isIn !== isNegated, Math.min(at, pattern.length - 1)];
}
