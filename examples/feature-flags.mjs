/**
 * Feature flags: set in one region, read in all of them, near, and with their age. Who may not read an old flag says how old
 * it may be, and is sent to the authoritative region where the copy is older.
 */
import { AuthoritativeRegion, regionClients } from "@meridian/client";
import { example, say, seen } from "./deployment.mjs";

const FLAGS = "example:flags";
const OLD_MS_MAX = 1_000;

await example(async (deployment) => {
  const [, eu] = deployment.regions;
  const [authority, ...others] = regionClients(eu);
  const near = others.find(({ name }) => name === eu.local);
  const flags = new AuthoritativeRegion({ authority, copies: [near], limits: { pulseEveryMs: 200 } });
  const checkout = (staleMsMax) => flags.read((redis) => redis.hget(FLAGS, "new-checkout"), { staleMsMax });
  try {
    await flags.write((redis) => redis.hset(FLAGS, "new-checkout", "off"));
    await seen("the flag in the copy", async () => {
      const { value, region } = await checkout(60_000);
      return value === "off" && region === near.name;
    });
    say(`read in ${near.name}: the new checkout is off`);

    await deployment.cut(near.name);
    await flags.write((redis) => redis.hset(FLAGS, "new-checkout", "on"));
    const { value, region } = await seen("a copy that is too old", async () => {
      const flag = await checkout(OLD_MS_MAX);
      return flag.region === authority.name && flag;
    });
    const old = await checkout(600_000);
    say(
      `${near.name} is cut off, and shows ${old.value}, which is ${Math.round(old.staleMs / 1000)} s old; ${region} says ${value}`,
    );

    await deployment.mend();
    await seen("the flag in the copy again", async () => {
      const flag = await checkout(OLD_MS_MAX);
      return flag.region === near.name && flag.value === "on";
    });
    say(`mended, read in ${near.name}: the new checkout is on`);
  } finally {
    flags.close();
  }
});
