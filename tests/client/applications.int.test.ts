/** Libraries that take an ioredis take the client: rate-limiter-flexible, and BullMQ, its workers too. */
import { Queue, QueueEvents, Worker } from "bullmq";
import { RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Pair, startPair } from "./servers.js";

const POINTS = 3;

let pair: Pair;
beforeAll(async () => {
  pair = await startPair();
});
afterAll(() => pair.stop());

test("rate-limiter-flexible counts, blocks and rewards", async () => {
  const limiter = new RateLimiterRedis({ storeClient: pair.client(), points: POINTS, duration: 60 });
  const before = await pair.logLength();
  for (let count = 1; count <= POINTS; count++) expect((await limiter.consume("somebody")).consumedPoints).toBe(count);
  await expect(limiter.consume("somebody")).rejects.toBeInstanceOf(RateLimiterRes);
  expect((await limiter.reward("somebody", 2)).consumedPoints).toBe(POINTS - 1);
  await limiter.block("somebody", 5);
  await expect(limiter.consume("somebody")).rejects.toBeInstanceOf(RateLimiterRes);
  expect(await limiter.delete("somebody")).toBe(true);
  expect(await limiter.get("somebody")).toBeNull();
  expect(await pair.logLength()).toBeGreaterThan(before + POINTS);
});

test("a queue of BullMQ takes jobs in", async () => {
  const connection = pair.client({ maxRetriesPerRequest: null });
  const before = await pair.logLength();
  const queue = new Queue("mail", { connection });
  const job = await queue.add("send", { to: "a" }, { jobId: "one" });
  await queue.addBulk([{ name: "send", data: { to: "b" } }]);
  expect([job.id, await queue.getWaitingCount(), (await queue.getJob("one"))?.data]).toEqual(["one", 2, { to: "a" }]);
  await queue.drain();
  expect(await queue.getWaitingCount()).toBe(0);
  await queue.close();
  expect(await pair.logLength()).toBeGreaterThan(before);
});

test("a worker of BullMQ waits for jobs, and works on those that come, also later", async () => {
  const connection = pair.client({ maxRetriesPerRequest: null });
  const done: string[] = [];
  const worker = new Worker("work", (job) => Promise.resolve(done.push(job.name)), { connection });
  const [queue, events] = [new Queue("work", { connection }), new QueueEvents("work", { connection })];
  await Promise.all([worker.waitUntilReady(), events.waitUntilReady()]);
  for (const name of ["first", "second"]) {
    const job = await queue.add(name, {});
    await job.waitUntilFinished(events);
  }
  const later = await queue.add("later", {}, { delay: 200 });
  await later.waitUntilFinished(events);
  expect(done).toEqual(["first", "second", "later"]);
  await Promise.all([worker.close(), events.close()]);
  await queue.close();
});
