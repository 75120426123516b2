/** Two regions that can't talk, and a third that both reach: nothing stalls. And while all links are up nothing comes twice. */
import { waitFor } from "@meridian/testkit";
import { afterEach, beforeAll, expect, test } from "vitest";
import { isBuilt } from "../local-start.js";
import { Deployment, type FaultyRegion } from "./deployment.js";

const NAMES = ["us", "eu", "ap"] as const;
const WRITES = 300;
let running: Deployment | undefined;

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

/** Entries that came in, over all links of all regions. */
async function received({ regions }: Deployment): Promise<number> {
  const counts = await Promise.all(
    regions.map(async ({ agent, name }: FaultyRegion) => {
      const { links } = await agent.status();
      return links.filter(({ to }) => to === name).reduce((sum, { operationsTotal }) => sum + operationsTotal, 0);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

test("in normal operation each entry comes to each other region once; past a cut it goes by the third", async ({
  skip,
}) => {
  running = await Deployment.start(NAMES);
  if (running === undefined) return skip();
  const deployment = running;
  await deployment.linksUp();
  const clients = deployment.regions.map((region) => region.client());
  for (let number = 0; number < WRITES; number++) {
    await Promise.all(clients.map((client, at) => client.set(`${NAMES[at]}:${number}`, "1")));
  }
  await deployment.agreed();
  // Three regions write, two others receive each: once, and by nobody else.
  expect(await received(deployment)).toBe(WRITES * 3 * 2);

  deployment.cut("us", "ap");
  const [us, , ap] = clients;
  for (let number = 0; number < 50; number++) {
    await us?.set(`cut:us:${number}`, "1");
    await ap?.set(`cut:ap:${number}`, "1");
  }
  await waitFor(async () => (await ap?.get("cut:us:49")) === "1" && (await us?.get("cut:ap:49")) === "1", {
    what: "writes to come past the cut",
    timeoutMs: 20_000,
  });
  await deployment.agreed();
  deployment.mend("us", "ap");
  await deployment.linksUp();
  await us?.set("mended", "1");
  await waitFor(async () => (await ap?.get("mended")) === "1", { what: "the direct way", timeoutMs: 20_000 });
  await deployment.agreed();
}, 120_000);
