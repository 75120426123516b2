/**
 * A shop's stock, sold in every region from its own share, without asking another one: never below zero, whatever is cut off, and who
 * has sold out says how many are left elsewhere.
 */
import { alike, example, say, seen } from "./deployment.mjs";

const STOCK = 10;
const lamp = `example:stock:${process.pid}-${Date.now()}`;
const left = (redis) => redis.hget(lamp, "~left");

/** What is left in this region after a sale; or the error of the server, which says how many there are elsewhere. */
async function sell(one) {
  try {
    return { here: await one.write((redis) => redis.call("MERIDIAN.BOUNDED", "TAKE", lamp, 1)) };
  } catch (error) {
    const [, here, elsewhere] = /^MERIDIAN_SOLDOUT here (\d+) elsewhere (\d+)/.exec(error.message) ?? [];
    if (here === undefined) throw error;
    return { soldOut: `sold out here, ${elsewhere} left elsewhere` };
  }
}

/** So many customers at once. */
async function rush(one, customers) {
  const sales = await Promise.all(Array.from({ length: customers }, () => sell(one)));
  return { sold: sales.filter(({ here }) => here !== undefined).length, soldOut: sales.at(-1).soldOut };
}

await example(async (deployment) => {
  const { regions } = deployment;
  const [us, eu, ap] = regions;
  for (const one of regions) {
    // A share is for a region that has written something.
    await one.write((redis) => redis.set(`example:shop:${one.local}`, lamp, "EX", 3600));
    await alike(
      "that a shop is open",
      regions,
      (redis) => redis.get(`example:shop:${one.local}`),
      (key) => key === lamp,
    );
  }
  await us.write((redis) => redis.call("MERIDIAN.BOUNDED", "CREATE", lamp, STOCK, eu.local, 3, ap.local, 3));
  await us.write((redis) => redis.expire(lamp, 3600));
  await alike("the stock", regions, left, (count) => count === String(STOCK));
  say(`${STOCK} lamps: 4 in ${us.local}, 3 in ${eu.local} and in ${ap.local}`);

  await deployment.cut(eu.local);
  const [inUs, inEu, inAp] = await Promise.all(regions.map((one) => rush(one, 5)));
  say(`${eu.local} is cut off; of 5 customers there ${inEu.sold} get a lamp, the next hears: ${inEu.soldOut}`);

  await deployment.mend();
  let sold = inUs.sold + inEu.sold + inAp.sold;
  await seen("an empty shelf", async () => {
    for (const one of regions) sold += (await rush(one, 1)).sold;
    const counts = await Promise.all(regions.map((one) => one.read(left)));
    return counts.every((count) => count === "0");
  });
  say(`mended, and sold out everywhere: ${sold} lamps were sold`);
});
