/**
 * A session made in one region, valid at once in another: the cookie carries a token of what was written, and a read with it
 * waits until its region holds that, or goes to one that does.
 */
import { example, say, seen } from "./deployment.mjs";

const OPTIONS = { waitMsMax: 10_000 };
const keyOf = (id) => `example:session:${id}`;

/** The cookie of who logged in: the session, and a token of it. */
async function logIn(one, id, user) {
  const session = one.session();
  await session.write((redis) => redis.set(keyOf(id), user, "EX", 3600));
  return { id, token: session.token };
}

/** The user of a request that comes to this region with that cookie, and where this was read. */
function userOf(one, { id, token }) {
  const session = one.session(token, OPTIONS);
  return session.read(async (redis, region) => ({ user: await redis.get(keyOf(id)), region }));
}

await example(async (deployment) => {
  const [us, eu] = deployment.regions;
  const id = `${process.pid}-${Date.now()}`;
  const first = await logIn(us, id, "ann");
  say(`logged in in ${us.local}; the next request comes to ${eu.local}, which knows ${(await userOf(eu, first)).user}`);
  await seen("ann's session near", async () => (await userOf(eu, first)).region === eu.local);

  await deployment.cut(eu.local);
  const second = await logIn(us, `${id}-2`, "bob");
  const { user, region } = await userOf(eu, second);
  say(`${eu.local} is cut off: a request there is answered by ${region}, which knows ${user}`);
  await eu.write((redis) => redis.del(keyOf(id))); // ann logs out there

  await deployment.mend();
  await seen("the log-out everywhere", async () => (await us.read((redis) => redis.get(keyOf(id)))) === null);
  await seen("bob's session near", async () => (await userOf(eu, second)).region === eu.local);
  say(`mended: ann is logged out in ${us.local}, and ${eu.local} knows ${(await userOf(eu, second)).user} itself`);
});
