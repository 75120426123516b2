/**
 * A shop's stock, sold in all regions and never below zero: the region that owns an item decides about it, in a script that looks and
 * takes in one step; the others send their sales there, and read their own copy of what is left.
 */
import { OwnedKeys, regionClients } from "@meridian/client";
import { alike, example, say } from "./deployment.mjs";

const ITEM = "example:stock:lamp";
const SELL = `local left = tonumber(redis.call('GET', KEYS[1]) or '0')
if left < tonumber(ARGV[1]) then return -1 end
return redis.call('DECRBY', KEYS[1], ARGV[1])`;

/** True where it was sold. */
async function sell(shop, count) {
  const { value } = await shop.write(ITEM, (redis) => redis.eval(SELL, 1, ITEM, count));
  return value >= 0;
}

const left = (redis) => redis.get(ITEM);

/** So many customers at once in each region; how many were served. */
async function rush(shops, customers) {
  const sales = shops.flatMap((shop) => Array.from({ length: customers }, () => sell(shop, 1)));
  return (await Promise.all(sales)).filter(Boolean).length;
}

await example(async (deployment) => {
  const shops = deployment.regions.map((one) => new OwnedKeys({ regions: regionClients(one), local: one.local }));
  const [shop] = shops;
  const owner = shop.ownerOf(ITEM);
  await shop.write(ITEM, (redis) => redis.set(ITEM, 10));
  await alike("the stock", deployment.regions, left, (count) => count === "10");
  say(`10 lamps, which ${owner} sells for all regions`);

  say(`2 customers in each region at once: ${await rush(shops, 2)} served`);
  await alike("what is left", deployment.regions, left, (count) => count === "4");

  await deployment.cut(owner);
  say(`${owner} is cut off, and still sells; 3 customers in each region: ${await rush(shops, 3)} served`);
  const [other] = deployment.regions.filter(({ local }) => local !== owner);
  say(
    `${other.local} shows ${await other.read(left)} left, and sells none: ${(await sell(shop, 1)) ? "sold" : "sold out"}`,
  );

  await deployment.mend();
  await alike("an empty shelf", deployment.regions, left, (count) => count === "0");
  say("mended, in every region: 0 left, 10 sold");
});
