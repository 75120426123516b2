/**
 * BullMQ, unchanged, through the gateways of two regions. It lives on Lua scripts, lists, sorted sets, streams and BZPOPMIN;
 * a queue that works as it does on Redis, and across regions as docs/reference/gateway.md says, is the proof of them.
 */
import { waitFor } from "@meridian/testkit";
import { FlowProducer } from "bullmq";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { addJobs, allCompleted, BullRegions, type Log } from "./bullmq-regions.js";
import { BOTH, EU, TwoRegions, US } from "./two-regions.js";

const TEST_MS_MAX = 120_000;

let regions: TwoRegions;
let bull: BullRegions;

beforeAll(async () => {
  regions = await TwoRegions.start();
  bull = new BullRegions(regions);
}, TEST_MS_MAX);

afterEach(() => regions.mendAndClose());

afterAll(() => TwoRegions.stop());

const named = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, at) => `${prefix}-${at}`);

describe("in one region", () => {
  test("delays, retries, priorities, flows and results are as with Redis", async () => {
    const order: string[] = [];
    const queue = bull.queue(US, "one");
    const events = bull.events(US, "one");
    await events.waitUntilReady();
    await queue.pause();
    for (const priority of [3, 1, 2]) await queue.add(`priority ${priority}`, {}, { priority });
    const delayed = await queue.add("delayed", {}, { delay: 300 });
    const retried = await queue.add("retried", {}, { attempts: 3, backoff: { type: "fixed", delay: 50 } });
    bull.worker(US, "one", new Map(), (job) => {
      if (job.name === "retried" && job.attemptsMade < 2) throw new Error("not yet");
      order.push(job.name);
      return { by: job.name };
    }).concurrency = 1;
    const resumedMs = Date.now();
    await queue.resume();
    expect(await retried.waitUntilFinished(events)).toEqual({ by: "retried" });
    expect(await delayed.waitUntilFinished(events)).toEqual({ by: "delayed" });
    expect(Date.now()).toBeGreaterThanOrEqual(delayed.timestamp + 300);
    expect(resumedMs).toBeLessThan(Date.now());
    const flows = new FlowProducer({ connection: regions.address(US) });
    const children = ["a", "b"].map((name) => ({ name, queueName: "one", data: {} }));
    const { job: parent } = await flows.add({ name: "parent", queueName: "one", data: {}, children });
    expect(await parent.waitUntilFinished(events)).toEqual({ by: "parent" });
    expect(Object.values(await parent.getChildrenValues())).toEqual(expect.arrayContaining([{ by: "a" }, { by: "b" }]));
    await flows.close();
    expect(order.filter((name) => name.startsWith("priority"))).toEqual(["priority 1", "priority 2", "priority 3"]);
    expect((await retried.getState()) + (await queue.getJobCountByTypes("completed"))).toBe("completed8");
  });
});

describe("in two regions", () => {
  test("jobs added in one are worked on in the other, once each, as soon as they come", async () => {
    const log: Log = new Map();
    bull.worker(EU, "across", log);
    const queues = [bull.queue(US, "across"), bull.queue(EU, "across")];
    for (let added = 0; added < 50; added++) await queues[US]?.add("job", {});
    await allCompleted(queues, 50);
    expect([...log.values()]).toEqual(Array.from({ length: 50 }, () => [EU]));
  });

  test(
    "with workers in one, each job is worked on once, whatever happens to the link",
    async () => {
      const log: Log = new Map();
      const queues = [bull.queue(US, "leader"), bull.queue(EU, "leader")] as const;
      bull.worker(US, "leader", log);
      const add = (round: number): Promise<unknown> =>
        Promise.all(queues.map((queue, region) => addJobs(queue, named(`${region}-${round}`, 40))));
      await add(1);
      await Promise.all([add(2), regions.link(false)]);
      await add(3);
      await waitFor(() => [...log.keys()].filter((id) => id.startsWith(`${US}-`)).length === 120, {
        what: "those of us",
      });
      expect([...log.keys()].filter((id) => id.startsWith(`${EU}-3`))).toEqual([]);
      await Promise.all([add(4), regions.link(true)]);
      await allCompleted(queues, 320);
      expect([...log].filter(([, times]) => times.length > 1)).toEqual([]);
      expect(log.size).toBe(320);
    },
    TEST_MS_MAX,
  );

  test(
    "with workers in both, none is lost while the link is cut and mended, and some are worked on in both",
    async () => {
      const log: Log = new Map();
      const queues = [bull.queue(US, "both"), bull.queue(EU, "both")] as const;
      for (const region of BOTH) bull.worker(region, "both", log);
      const ids: string[] = [];
      const add = (round: number): Promise<unknown> =>
        Promise.all(
          queues.map((queue, region) => {
            const added = named(`${region}-${round}`, 40);
            ids.push(...added);
            return addJobs(queue, added);
          }),
        );
      await add(1);
      await Promise.all([add(2), regions.link(false)]);
      await add(3);
      await waitFor(() => ids.every((id) => log.has(id)), { what: "all to be worked on, on both sides of the cut" });
      await Promise.all([add(4), regions.link(true)]);
      await allCompleted(queues, ids.length, true);
      expect(ids.filter((id) => !log.has(id))).toEqual([]);
      const [twice, more] = [2, 3].map((times) => [...log.values()].filter((all) => all.length >= times).length);
      console.info(`of ${ids.length} jobs ${twice} were worked on more than once, ${more} of them more than twice`);
    },
    TEST_MS_MAX,
  );
});
