/** What must hold of the values once all is quiet: see writers.ts. */
type Content = ReadonlyMap<string, unknown>;

function list(content: Content, key: string): string[] {
  return (content.get(key) as string[] | undefined) ?? [];
}

function names(content: Content, key: string): Set<string> {
  return new Set(((content.get(key) as [string, string][] | undefined) ?? []).map(([name]) => name));
}

/** Everything that is wrong; nothing: []. */
export function faultsIn(content: Content): string[] {
  const faults: string[] = [];
  const units = list(content, "done:counter");
  const sum = units.reduce((total, unit) => total + Number(unit.split(" ")[1]), 0);
  const counter = (content.get("counter") as string | undefined) ?? "0";
  if (Number(counter) !== sum) faults.push(`the counter is ${counter}, not ${sum}`);
  const [, field = "0"] = (content.get("counters") as [string, string][] | undefined)?.[0] ?? [];
  if (Number(field) !== sum) faults.push(`the field that counts is ${field}, not ${sum}`);
  if (content.get("pair:a") !== content.get("pair:b")) faults.push("a pair was torn");

  const removed = new Set(list(content, "done:removed"));
  const added = list(content, "done:added");
  const members = new Set(list(content, "members"));
  const elements = list(content, "list");
  const entries = ((content.get("stream") as [string, string[]][] | undefined) ?? []).map(([, [, unit = ""]]) => unit);
  const sorted = new Set(list(content, "sorted").filter((_, at) => at % 2 === 0));
  const fields = names(content, "hash");
  if (new Set(elements).size !== elements.length) faults.push("an element is twice in the list");
  if (entries.length !== added.length) faults.push(`${entries.length} entries in the stream of ${added.length} added`);
  const inList = new Set(elements);
  const inStream = new Set(entries);
  for (const unit of added) {
    if (!inStream.has(unit)) faults.push(`${unit} is not in the stream`);
    const places = {
      set: members.has(unit),
      list: inList.has(unit),
      hash: fields.has(unit),
      sorted: sorted.has(unit),
      key: content.has(`key:${unit}`),
    };
    for (const [place, isThere] of Object.entries(places)) {
      if (isThere && removed.has(unit)) faults.push(`${unit} was removed, and is in the ${place}`);
      if (!isThere && !removed.has(unit)) faults.push(`${unit} was added, and is not in the ${place}`);
    }
  }
  return faults;
}

/** What of all units is there: each by its name, a removal by what it removed. */
export function unitsIn(content: Content): Set<string> {
  const counted = list(content, "done:counter").map((unit) => unit.split(" ")[0] ?? "");
  const removed = list(content, "done:removed").map((unit) => `removed ${unit}`);
  return new Set([...counted, ...removed, ...list(content, "done:pair"), ...list(content, "done:added")]);
}
