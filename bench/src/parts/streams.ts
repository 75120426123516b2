/**
 * Streams by their size: additions, with and without a bound, a group that reads and acknowledges, and what is dear by its
 * nature, an entry that arrives late and a removal that has not seen all.
 *
 * A message counts from its reading to its acknowledgement. Deliveries are a region's own; the acknowledgement is applied in
 * the other.
 */
import { BenchError } from "../errors.js";
import { fill as fillPlain } from "../load/fill.js";
import { type BenchContext, rounded } from "./context.js";
import { measureSizes, usedBy, type Edit, type SizeFigure, type SizeMeasure, type SizeWorld } from "./size-world.js";

const KEY = "stream";
const GROUP = "group";
const CONSUMER = "consumer";
const ENTRY = ["field", "value"];
const FILL = 500;
const TIMES = 200;
const LATER = [1, 1000];
const RANGE = 10;

export function measureStreams(context: BenchContext): Promise<SizeMeasure[]> {
  const what = { part: "streams", items: "entries", sizes: context.sizes.valueSizes };
  return measureSizes(context, what, async (world, size) => {
    await fill(world, size);
    const figures: SizeFigure[] = [];
    for (const edit of editsOf(size)) figures.push(...(await world.edit(edit)));
    figures.push(...(await readRange(world)), ...(await messages(world)));
    figures.push(...(await lateEntries(world)), await unseenRemoval(world));
    return figures;
  });
}

function editsOf(size: number): Edit[] {
  const bounded = ["XADD", KEY, "MAXLEN", "~", String(size), "*", ...ENTRY];
  return [
    { name: "XADD", times: TIMES, commands: () => [["XADD", KEY, "*", ...ENTRY]] },
    { name: "XADD MAXLEN ~ its size", times: TIMES, commands: () => [bounded] },
  ];
}

async function fill(world: SizeWorld, size: number): Promise<void> {
  const add = ["XADD", KEY, "*", ...ENTRY];
  await fillPlain({ port: world.plain.port, commands: [add], count: size });
  for (let from = 0; from < size; from += FILL) {
    const additions = Array.from({ length: Math.min(FILL, size - from) }, () => [String(add.length), ...add]);
    await world.run(world.here, ["pipeline", ...additions.flat()]);
    await world.deliver(world.here, world.there);
  }
  const create = ["XGROUP", "CREATE", KEY, GROUP, "0"];
  await world.fill(create);
}

/** Of the entries around the middle: from the id of one there. */
async function readRange(world: SizeWorld): Promise<SizeFigure[]> {
  const figures: SizeFigure[] = [];
  for (const [place, { admin }] of [
    ["plain", world.plain],
    ["region", world.here],
  ] as const) {
    const [first, last] = [
      await admin.xrange(KEY, "-", "+", "COUNT", 1),
      await admin.xrevrange(KEY, "+", "-", "COUNT", 1),
    ];
    const [from, to] = [first, last].map((rows) => Number(rows[0]![0].split("-")[0])) as [number, number];
    const middle = String(Math.floor((from + to) / 2));
    const server = place === "plain" ? world.plain : world.here;
    const cpuUs = await usedBy(server, TIMES, () => admin.xrange(KEY, middle, "+", "COUNT", RANGE));
    figures.push({ operation: `XRANGE of ${RANGE}`, place, cpuUs });
  }
  return figures;
}

/** XREADGROUP of one entry, and its XACK. */
async function messages(world: SizeWorld): Promise<SizeFigure[]> {
  const { plain, here, there } = world;
  const operation = "XREADGROUP of one, and XACK";
  const read = ["XREADGROUP", "GROUP", GROUP, CONSUMER, "COUNT", "1", "STREAMS", KEY, ">"];
  const one = async (run: (args: readonly string[]) => Promise<unknown>): Promise<void> => {
    const [[, [[id]]]] = (await run(read)) as [[string, [[string]]]];
    await run(["XACK", KEY, GROUP, id]);
  };
  const inPlain = await usedBy(plain, TIMES, () => one((args) => world.runPlain(args)));
  const inRegion = await usedBy(here, TIMES, () => one((args) => world.run(here, args)));
  const wholeUs = await usedBy(there, 1, () => world.deliver(here, there));
  return [
    { operation, place: "plain", cpuUs: inPlain },
    { operation, place: "region", cpuUs: inRegion },
    { operation, place: "applied", cpuUs: rounded(wholeUs / TIMES, 1) },
  ];
}

/** One entry that arrives where others, made later, stand behind its place. */
async function lateEntries(world: SizeWorld): Promise<SizeFigure[]> {
  const { here, there } = world;
  const figures: SizeFigure[] = [];
  for (const later of LATER) {
    await world.run(here, ["XADD", KEY, "*", ...ENTRY]);
    for (let count = 0; count < later; count++) await world.run(there, ["XADD", KEY, "*", ...ENTRY]);
    figures.push(await world.applied(`XADD that arrives before ${later} made later`));
    await world.deliver(there, here);
  }
  return figures;
}

/** A DEL whose author had not seen one entry: the logs tell which. */
async function unseenRemoval(world: SizeWorld): Promise<SizeFigure> {
  const { here, there } = world;
  await world.run(there, ["XADD", KEY, "*", "field", "unseen"]);
  await world.run(here, ["DEL", KEY]);
  const figure = await world.applied("DEL, an entry unseen");
  await world.deliver(there, here);
  const left = await Promise.all([here, there].map(({ admin }) => admin.xrange(KEY, "-", "+")));
  if (left.some((rows) => rows.length !== 1)) throw new BenchError("BENCH_NOTAPPLIED", { reply: "other streams" });
  return figure;
}
