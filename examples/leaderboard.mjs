/**
 * A leaderboard that everybody plays on where they are: points are added in every region, also while one is cut off, and none is
 * lost or counted twice. A sorted set and ZINCRBY are all it takes.
 */
import { alike, example, say } from "./deployment.mjs";

const BOARD = "example:leaderboard";
const PLAYERS = ["ann", "bob", "cem"];

const points = (one, player, count) => one.write((redis) => redis.zincrby(BOARD, count, player));
const top = (redis) => redis.zrevrange(BOARD, 0, 2, "WITHSCORES");

await example(async (deployment) => {
  const [us, eu, ap] = deployment.regions;
  await us.write((redis) => redis.del(BOARD));
  await alike("an empty board", deployment.regions, top, (board) => board.length === 0);

  await Promise.all([points(us, "ann", 10), points(eu, "bob", 20), points(ap, "cem", 30)]);
  await alike("the points of all", deployment.regions, top, (board) => board.length === 2 * PLAYERS.length);
  say(`in every region: ${await ap.read(top)}`);

  await deployment.cut(eu.local);
  await Promise.all([points(eu, "ann", 100), points(us, "ann", 1), points(ap, "bob", 5)]);
  say(
    `${eu.local} is cut off, and shows ${await eu.read(top)}; ${us.local} shows ann with ${await us.read((redis) => redis.zscore(BOARD, "ann"))}`,
  );

  await deployment.mend();
  await alike("the points of both sides", deployment.regions, top, (board) => board[1] === "111");
  say(`mended, in every region: ${await us.read(top)}`);
});
