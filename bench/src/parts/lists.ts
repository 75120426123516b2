/**
 * Lists by their size; and what is dear by its nature, a push that arrives late and removals that had not seen all.
 */
import { BenchError } from "../errors.js";
import type { BenchContext } from "./context.js";
import { measureSizes, type Edit, type SizeFigure, type SizeMeasure, type SizeWorld } from "./size-world.js";

const KEY = "list";
const FILL = 1000;
const LATER = 1000;

export function measureLists(context: BenchContext): Promise<SizeMeasure[]> {
  const what = { part: "lists", items: "elements", sizes: context.sizes.listSizes };
  return measureSizes(context, what, async (world, size) => {
    await fill(world, size);
    const figures: SizeFigure[] = [];
    for (const edit of editsOf(size)) figures.push(...(await world.edit(edit)));
    figures.push(...(await latePushes(world)), ...(await removals(world, size)));
    return figures;
  });
}

/** What is done with a list of `size` elements, `value 0` and so on. */
function editsOf(size: number): Edit[] {
  const middle = String(size / 2);
  const same = (name: string, times: number, ...command: string[]): Edit => ({
    name,
    times,
    commands: () => [command],
  });
  return [
    same("RPUSH", 200, "RPUSH", KEY, "pushed"),
    same("RPOP", 200, "RPOP", KEY),
    same("LPUSH", 200, "LPUSH", KEY, "pushed"),
    same("LPOP", 200, "LPOP", KEY),
    same("LSET in the middle", 20, "LSET", KEY, middle, `value ${middle}`),
    same("LINSERT in the middle", 10, "LINSERT", KEY, "AFTER", `value ${middle}`, "put"),
    same("LREM in the middle", 10, "LREM", KEY, "1", "put"),
  ];
}

async function fill(world: SizeWorld, size: number): Promise<void> {
  for (let from = 0; from < size; from += FILL) {
    const values = Array.from({ length: Math.min(FILL, size - from) }, (_, at) => `value ${from + at}`);
    await world.fill(["RPUSH", KEY, ...values]);
  }
}

/** One push that arrives where others, made later, stand behind its place. */
async function latePushes(world: SizeWorld): Promise<SizeFigure[]> {
  const { here, there } = world;
  const figures: SizeFigure[] = [];
  for (const later of [1, LATER]) {
    await world.run(here, ["RPUSH", KEY, "early"]);
    await world.run(there, ["RPUSH", KEY, ...Array.from({ length: later }, () => "later")]);
    figures.push(await world.applied(`RPUSH that arrives before ${later} made later`));
    await world.deliver(there, here, 1);
  }
  return figures;
}

/** Removals that their author made without having seen one push: the logs tell which. */
async function removals(world: SizeWorld, size: number): Promise<SizeFigure[]> {
  const { here, there } = world;
  const quarter = String(Math.floor(size / 4));
  const commands = [
    ["LTRIM", KEY, quarter, `-${quarter}`],
    ["DEL", KEY],
  ];
  const figures: SizeFigure[] = [];
  for (const command of commands) {
    await world.run(there, ["RPUSH", KEY, "unseen"]);
    await world.run(here, command);
    const of = command[0] === "LTRIM" ? "LTRIM to the half" : "DEL of the rest";
    figures.push(await world.applied(`${of}, a push unseen`));
    await world.deliver(there, here, 1);
  }
  const left = await Promise.all([here, there].map(({ admin }) => admin.lrange(KEY, 0, -1)));
  if (left.some((items) => items.join() !== "unseen"))
    throw new BenchError("BENCH_NOTAPPLIED", { reply: "other lists" });
  return figures;
}
