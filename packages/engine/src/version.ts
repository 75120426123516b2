/** Order of version texts `major.minor.patch[-pre]`; a pre-release comes before its release. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [split(left), split(right)];
  for (let index = 0; index < 3; index++) {
    const difference = (a.numbers[index] ?? 0) - (b.numbers[index] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  if (a.pre === b.pre) return 0;
  if (a.pre === undefined) return 1;
  if (b.pre === undefined) return -1;
  return Math.sign(a.pre.localeCompare(b.pre, "en", { numeric: true }));
}

function split(version: string): { numbers: number[]; pre: string | undefined } {
  const [core = "", ...rest] = version.split("-");
  return {
    numbers: core.split(".").map((part) => Number.parseInt(part, 10) || 0),
    pre: rest.length === 0 ? undefined : rest.join("-"),
  };
}
