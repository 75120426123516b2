/**
 * A profile as one JSON text, changed in two regions that don't hear of each other: of two values one shows, and with it the
 * other's change would be gone. A resolver makes one value of both, and the conflict is told as it happens.
 */
import { mergeJsonFields, resolveConflicts, watchConflicts } from "@meridian/client";
import { alike, example, say, seen } from "./deployment.mjs";

const PREFIX = "example:profile:";
const KEY = `${PREFIX}ann`;

const change = (one, fields) => one.write((redis) => redis.set(KEY, JSON.stringify(fields)));
const profile = (redis) => redis.get(KEY);
const MERGED = JSON.stringify({ city: "Oslo", name: "Ann", phone: "555" });

await example(async (deployment) => {
  const [us, eu] = deployment.regions;
  await change(us, { name: "Ann" });
  await alike("the profile", deployment.regions, profile, (text) => text === JSON.stringify({ name: "Ann" }));

  const told = [];
  const feed = await watchConflicts(us);
  feed.on("conflict", (event) => event.key === KEY && told.push(event));
  const resolver = await resolveConflicts(us, {
    name: "profile-fields",
    version: 1,
    prefix: PREFIX,
    merge: mergeJsonFields,
  });
  try {
    await deployment.cut(eu.local);
    await change(us, { name: "Ann", city: "Oslo" });
    await change(eu, { name: "Ann", phone: "555" });
    say(`${eu.local} is cut off. There: ${await eu.read(profile)}; in ${us.local}: ${await us.read(profile)}`);

    await deployment.mend();
    const { winner, losers } = await seen("the conflict", () => told[0]);
    say(`mended. A conflict: of ${winner.region} and ${losers.map(({ region }) => region).join(", ")}`);
    await alike("one profile of both", deployment.regions, profile, (text) => text === MERGED);
    say(`settled, in every region: ${await eu.read(profile)}`);
  } finally {
    resolver.close();
    feed.close();
  }
});
