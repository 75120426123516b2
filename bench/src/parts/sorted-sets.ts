/** Sorted sets by their size, near the middle, where a rank is dearest; and a removal that has not seen all. */
import { BenchError } from "../errors.js";
import type { BenchContext } from "./context.js";
import { measureSizes, type Edit, type SizeFigure, type SizeMeasure, type SizeWorld } from "./size-world.js";

const KEY = "scores";
const FILL = 1000;
const TIMES = 200;
const RANGE = 10;

export function measureSortedSets(context: BenchContext): Promise<SizeMeasure[]> {
  const what = { part: "zsets", items: "members", sizes: context.sizes.valueSizes };
  return measureSizes(context, what, async (world, size) => {
    await fill(world, size);
    const figures: SizeFigure[] = [];
    for (const edit of editsOf(size)) figures.push(...(await world.edit(edit)));
    figures.push(...(await world.read(rangeOf(size))), await unseenRemoval(world));
    return figures;
  });
}

/** With members `member 0` and so on, the number being the score. */
function editsOf(size: number): Edit[] {
  const middle = size / 2;
  const member = (time: number): string => `member ${middle + time}`;
  return [
    { name: "ZADD of a new member", times: TIMES, commands: (time) => [["ZADD", KEY, `${middle}.5`, `new ${time}`]] },
    { name: "ZADD of another score", times: TIMES, commands: (time) => [["ZADD", KEY, `${middle}.7`, member(time)]] },
    { name: "ZINCRBY", times: TIMES, commands: (time) => [["ZINCRBY", KEY, "1", member(time)]] },
    { name: "ZREM", times: TIMES, commands: (time) => [["ZREM", KEY, member(time)]] },
    { name: "ZPOPMIN", times: TIMES, commands: () => [["ZPOPMIN", KEY]] },
  ];
}

function rangeOf(size: number): Edit {
  const first = size / 2;
  const command = ["ZRANGE", KEY, String(first), String(first + RANGE - 1)];
  return { name: `ZRANGE of ${RANGE} by rank`, times: TIMES, commands: () => [command] };
}

async function fill(world: SizeWorld, size: number): Promise<void> {
  for (let from = 0; from < size; from += FILL) {
    const numbers = Array.from({ length: Math.min(FILL, size - from) }, (_, at) => from + at);
    await world.fill(["ZADD", KEY, ...numbers.flatMap((number) => [String(number), `member ${number}`])]);
  }
}

/** A DEL whose author had not seen one addition: the logs tell which. */
async function unseenRemoval(world: SizeWorld): Promise<SizeFigure> {
  const { here, there } = world;
  await world.run(there, ["ZADD", KEY, "0", "unseen"]);
  await world.run(here, ["DEL", KEY]);
  const figure = await world.applied("DEL, an addition unseen");
  await world.deliver(there, here);
  const left = await Promise.all([here, there].map(({ admin }) => admin.zrange(KEY, 0, -1)));
  if (left.some((members) => members.join() !== "unseen"))
    throw new BenchError("BENCH_NOTAPPLIED", { reply: "other sorted sets" });
  return figure;
}
