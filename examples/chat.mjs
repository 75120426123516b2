/**
 * A chat: a room is a stream, which everybody adds to where they are. While a region is cut off its people go on among themselves;
 * when it is back everybody has all messages, in the same order.
 */
import { alike, example, say } from "./deployment.mjs";

const ROOM = "example:chat:lobby";

const talk = (one, who, text) => one.write((redis) => redis.xadd(ROOM, "*", "who", who, "text", text));
const room = async (redis) => (await redis.xrange(ROOM, "-", "+")).map(([, [, who, , text]]) => `${who}: ${text}`);

await example(async (deployment) => {
  const [us, eu, ap] = deployment.regions;
  await us.write((redis) => redis.del(ROOM));
  await alike("an empty room", deployment.regions, room, (messages) => messages.length === 0);

  await talk(us, "ann", "is anybody here?");
  await alike("the question", deployment.regions, room, (messages) => messages.length === 1);
  await talk(eu, "bob", "yes");
  await alike("the answer", deployment.regions, room, (messages) => messages.length === 2);

  await deployment.cut(ap.local);
  await talk(ap, "cem", "where is everybody?");
  await talk(us, "ann", "where is cem?");
  await talk(eu, "bob", "his line is down");
  say(`${ap.local} is cut off. There: ${(await ap.read(room)).join(" | ")}`);

  await deployment.mend();
  await alike("all messages", deployment.regions, room, (messages) => messages.length === 5);
  say(`mended, in every region: ${(await ap.read(room)).join(" | ")}`);
});
