/**
 * After the storm: whether every region holds the same, and whether that is just what happened. The evidence that an
 * operation left says whether it did; see book.ts.
 */
import type { Redis } from "ioredis";
import { evidenceIn, type Book, type Kind } from "./book.js";
import { partsOf } from "./names.js";

/** What one region shows, each kind by key, its elements in order. */
interface Shown {
  readonly evidence: string[];
  readonly values: Record<string, Record<string, string[]>>;
}

/** Sentences about what is wrong; none: nothing is. */
export async function judge(regions: ReadonlyMap<string, readonly Redis[]>, book: Book): Promise<string[]> {
  const shown = new Map<string, Shown>();
  for (const [name, servers] of regions) shown.set(name, await show(servers));
  const [[firstName, first], ...others] = [...shown] as [[string, Shown], ...[string, Shown][]];
  const problems = others.flatMap(([name, other]) => differences(firstName, first, name, other));
  return [...problems, ...new Judge(book, first).judge()];
}

async function show(servers: readonly Redis[]): Promise<Shown> {
  const evidence = (await evidenceIn(servers)).toSorted();
  const values: Shown["values"] = { count: {}, tally: {}, members: {}, list: {}, stream: {}, own: {}, register: {} };
  for (const server of servers) {
    for (const name of await server.keys("*")) {
      const { kind, key } = partsOf(name);
      const shown = values[kind];
      if (shown !== undefined) shown[key] = await read(server, kind, name);
    }
  }
  return { evidence, values };
}

async function read(server: Redis, kind: string, name: string): Promise<string[]> {
  if (kind === "members") return (await server.smembers(name)).toSorted();
  if (kind === "list") return server.lrange(name, 0, -1);
  if (kind === "stream") return (await server.xrange(name, "-", "+")).map(([, fields]) => fields[1] ?? "");
  if (kind === "tally") return (await server.hmget(name, "even", "odd")).map((count) => count ?? "0");
  return [(await server.get(name)) ?? ""];
}

function differences(firstName: string, first: Shown, name: string, other: Shown): string[] {
  const problems: string[] = [];
  if (first.evidence.join() !== other.evidence.join())
    problems.push(`${firstName} and ${name} differ in what happened`);
  for (const [kind, values] of Object.entries(first.values)) {
    const keys = new Set([...Object.keys(values), ...Object.keys(other.values[kind]!)]);
    for (const key of keys) {
      const [here, there] = [values[key], other.values[kind]![key]].map((value) => value?.join(" "));
      if (here !== there) problems.push(`${kind}:${key} is "${cut(here)}" in ${firstName}, "${cut(there)}" in ${name}`);
    }
  }
  return problems;
}

function cut(text: string | undefined): string {
  return text === undefined ? "nothing" : text.slice(0, 200);
}

class Judge {
  private readonly happened: Set<string>;
  private readonly problems: string[] = [];

  constructor(
    private readonly book: Book,
    private readonly shown: Shown,
  ) {
    this.happened = new Set(shown.evidence);
  }

  judge(): string[] {
    for (const { id, answeredMs } of this.book.operations.values()) {
      if (answeredMs === undefined || this.happened.has(id) || this.book.mayBeLost.has(id)) continue;
      this.problems.push(`${id} was acknowledged, was held by a server that lived, and is gone`);
    }
    for (const id of this.happened) {
      if (!this.book.operations.has(id)) this.problems.push(`${id} happened, and nobody asked for it`);
    }
    this.sums("count");
    this.sums("tally");
    this.elements("push", "list");
    this.elements("entry", "stream");
    this.removable("add", "remove", "members", (id) => this.shown.values["members"]![this.keyOf(id)] ?? []);
    this.removable("own", "delete", "own", (id) => this.shown.values["own"]![id] ?? []);
    return this.problems;
  }

  private sums(kind: "count" | "tally"): void {
    const sums = new Map<string, number>();
    for (const { key } of this.those(kind)) sums.set(key, (sums.get(key) ?? 0) + 1);
    for (const [key, sum] of sums) {
      const value = this.shown.values[kind]![key]?.reduce((total, count) => total + Number(count), 0);
      if (value !== sum) this.problems.push(`${kind}:${key} is ${value}, and was incremented ${sum} times`);
    }
  }

  private elements(kind: "push" | "entry", name: "list" | "stream"): void {
    const wanted = this.those(kind).map(({ id, key }) => `${key} ${id}`);
    const found = Object.entries(this.shown.values[name]!).flatMap(([key, ids]) => ids.map((id) => `${key} ${id}`));
    this.problems.push(...oddIn(name, wanted, found));
  }

  private removable(
    adds: Kind,
    removes: Kind,
    name: "members" | "own",
    holds: (id: string) => readonly string[],
  ): void {
    const gone = new Set<string>();
    const unsure = new Set<string>();
    for (const { of, tookAway } of this.those(removes)) {
      if (of === undefined) continue;
      if (tookAway === true) gone.add(of);
      else if (tookAway === undefined) unsure.add(of);
    }
    for (const { id } of this.those(adds)) {
      const isThere = holds(id).includes(id);
      if (isThere && gone.has(id)) this.problems.push(`${name}: ${id} was deleted, and is back`);
      if (!isThere && !gone.has(id) && !unsure.has(id)) this.problems.push(`${name}: ${id} is missing`);
    }
    for (const id of Object.values(this.shown.values[name]!).flat()) {
      if (!this.happened.has(id)) this.problems.push(`${name}: ${id} is there without the rest of its transaction`);
    }
  }

  private those(kind: Kind): { id: string; key: string; of: string | undefined; tookAway: boolean | undefined }[] {
    return [...this.book.operations.values()].filter(
      (operation) => operation.kind === kind && this.happened.has(operation.id),
    );
  }

  private keyOf(id: string): string {
    return this.book.operations.get(id)?.key ?? "";
  }
}

function oddIn(name: string, wanted: readonly string[], found: readonly string[]): string[] {
  const problems: string[] = [];
  const counts = new Map<string, number>();
  for (const text of found) counts.set(text, (counts.get(text) ?? 0) + 1);
  for (const text of wanted) {
    const count = counts.get(text) ?? 0;
    if (count !== 1) problems.push(`${name}: ${text} is there ${count} times`);
    counts.delete(text);
  }
  for (const text of counts.keys()) problems.push(`${name}: ${text} is there, and nobody put it there`);
  return problems;
}
