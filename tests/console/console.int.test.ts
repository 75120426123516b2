/**
 * The console in a real Chromium upon three real regions: a partition by click, both sides written, the two values seen,
 * healed by click, the story told; and that every view is accessible, fits a phone, and never runs what it shows.
 */
import { findServerBinary } from "@meridian/engine";
import { waitFor } from "@meridian/testkit";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isBuilt, start, stopAll, type Started } from "../local-start.js";
import {
  axeFindings,
  chromiumPath,
  launchBrowser,
  openPage,
  screenshot,
  takesScreenshots,
  type OpenPage,
} from "./browser.js";

const REGIONS = ["us-east-1", "eu-west-1", "ap-southeast-1"] as const;
const VIEWS = ["Map", "Playground", "Keys", "Conflicts", "Health"] as const;
const PICTURED: ReadonlySet<string> = new Set(["Map", "Health"]);
const EVIL = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
const native = await findServerBinary();

let browser: Browser;
let running: Started;
let opened: OpenPage;
let page: Page;

beforeAll(async () => {
  if (chromiumPath === undefined) {
    console.warn("SKIPPED: the tests of the console need chromium on the PATH");
    return;
  }
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
  [browser, running] = await Promise.all([launchBrowser(), start({ args: ["--rtt", "20ms"] })]);
  opened = await openPage(browser);
  page = opened.page;
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await stopAll();
}, 60_000);

async function view(name: (typeof VIEWS)[number], on: Page = page): Promise<void> {
  await on.getByRole("navigation").getByRole("link", { name }).click();
  await on.getByRole("heading", { level: 1, name }).waitFor();
}

async function run(region: (typeof REGIONS)[number], line: string): Promise<void> {
  await page.getByRole("combobox", { name: `Command in ${region}` }).fill(line);
  await page.keyboard.press("Enter");
}

/** Each step is seen to be done before the next one. */
async function playThrough(scenario: string): Promise<void> {
  await page.getByRole("button", { name: scenario, exact: true }).click();
  await page.locator(".steps:has(.next):not(:has(.done))").waitFor();
  for (let done = 1; (await page.locator(".step.next").count()) > 0; done++) {
    await page.getByRole("button", { name: /^(Begin|Next)$/ }).click();
    await page
      .locator(".step.done")
      .nth(done - 1)
      .waitFor();
  }
}

function shown(region: (typeof REGIONS)[number]) {
  return page.getByTestId(`shown-${region}`);
}

async function shows(region: (typeof REGIONS)[number], text: string): Promise<void> {
  await shown(region).getByText(text, { exact: true }).waitFor();
}

function url(path = "/"): string {
  return `http://127.0.0.1:${running.basePort}${path}`;
}

/** So that pictures of the map and of lag show something: a few writes a second in every region. */
function writeOnAndOn(): () => void {
  const clients = REGIONS.map((_name, index) => running.client(index));
  const timers = clients.map((client, index) => {
    return setInterval(() => void client.incr(`visits:${index}`).catch(() => undefined), 150 + 100 * index);
  });
  return () => timers.forEach((timer) => clearInterval(timer));
}

describe.skipIf(chromiumPath === undefined)("the console", () => {
  test("cut by click, write both sides, see two values, mend by click, read the story, restore what lost", async () => {
    await page.goto(url());
    await page.getByTestId("verdict").getByText("All 3 regions linked").waitFor();
    await view("Playground");
    await page.getByRole("button", { name: "Cut off eu-west-1" }).click();
    await page.getByText("eu-west-1 is cut off").first().waitFor();
    await run("us-east-1", 'SET greeting "from us"');
    await shows("us-east-1", "from us");
    await run("eu-west-1", 'SET greeting "from eu"');
    await shows("eu-west-1", "from eu");
    await page.getByText("they differ").waitFor();

    await page.getByRole("button", { name: "Mend all links" }).click();
    const story = page.getByTestId("story").first();
    await story.getByRole("heading", { name: "The later write shows, the other is kept" }).waitFor();
    expect(await story.getByRole("listitem").allInnerTexts()).toEqual([
      expect.stringMatching(/us-east-1[^]*from us[^]*kept beside/),
      expect.stringMatching(/eu-west-1[^]*from eu[^]*shows/),
    ]);
    for (const region of REGIONS) await shows(region, "from eu");
    await page.getByText("all the same").waitFor();

    await view("Conflicts");
    await page.getByRole("listitem").filter({ hasText: "from us" }).getByRole("button", { name: "Restore" }).click();
    await page.getByRole("heading", { name: "Nothing is kept" }).waitFor();
    const client = running.client(2);
    await waitFor(async () => (await client.get("greeting")) === "from us", {
      what: "the loser to be back everywhere",
    });
  }, 120_000);

  test("scenarios play in the same command lines: nothing is lost in a counter, nothing is sold twice", async () => {
    await page.goto(url("/playground"));
    for (const name of ["A counter", "Stock that sells once", "Two SETs at once"]) {
      await playThrough(name);
      await page.getByTestId("story").first().waitFor();
      if (name === "A counter") for (const region of REGIONS) await shows(region, "112");
    }
    await page.getByText(/MERIDIAN_SOLDOUT/).waitFor();
    await page.getByTestId("story").first().getByText("play:greeting").waitFor();
    for (const region of REGIONS) await shows(region, "from the second");
    await screenshot(page, "playground");
    await page.setViewportSize({ width: 390, height: 844 });
    await screenshot(page, "playground");
    await page.setViewportSize({ width: 1400, height: 900 });
  }, 120_000);

  test("a command line completes, goes back in its history, and shows what was refused", async () => {
    const line = page.getByRole("combobox", { name: "Command in us-east-1" });
    await line.fill("zra");
    await page.getByRole("option", { name: /^ZRANGE\b/ }).waitFor();
    await page.keyboard.press("Tab");
    expect(await line.inputValue()).toBe("ZRANGE ");
    await line.fill("");
    await page.keyboard.press("ArrowUp");
    expect(await line.inputValue()).toBe('SET play:greeting "from the first"');
    await run("us-east-1", "DEBUG SLEEP 1");
    await page
      .getByRole("log", { name: "Replies of us-east-1" })
      .getByText(/\(error\)/)
      .last()
      .waitFor();
  }, 60_000);

  test("what anybody wrote is shown as text, cut where it is long, and never run", async () => {
    const client = running.client(0);
    await client.set("evil", EVIL);
    await client.set(Buffer.from("bin:\u00ff\u0000", "latin1"), Buffer.from("\u00fe\u0001", "latin1"));
    await client.set("big", "x".repeat(3_000_000));
    await view("Keys");
    await page.getByLabel("Begins with").fill("evil");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByRole("button", { name: "evil", exact: true }).click();
    const panel = page.getByRole("dialog");
    await panel.getByText("The same in every region that answers.").waitFor();
    // In each region.
    await panel
      .getByText(EVIL, { exact: true })
      .nth(REGIONS.length - 1)
      .waitFor();
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "detached" });
    await page.getByLabel("Begins with").fill("b");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByRole("button", { name: String.raw`bin:\xff\x00` }).waitFor();
    await page.getByRole("button", { name: "big", exact: true }).click();
    await panel.getByText("3.0MB").first().waitFor();
    await page.keyboard.press("Escape");
    expect(await page.evaluate("window.hacked")).toBeUndefined();
    expect(new URL(page.url()).search + new URL(page.url()).hash).toBe("");
  }, 60_000);

  test.skipIf(native === undefined)(
    "a server killed by click is seen at a glance, and started by click",
    async () => {
      await view("Map");
      await page.getByRole("button", { name: /^Region eu-west-1\W+up$/ }).click();
      await page.getByRole("button", { name: "Kill its server" }).click();
      await page.getByTestId("verdict").getByText("eu-west-1: its server is down").waitFor();
      await page.getByRole("button", { name: "Start its server" }).click();
      await page.getByTestId("verdict").getByText("All 3 regions linked").waitFor();
      await page.keyboard.press("Escape");
    },
    90_000,
  );

  test("a link is cut and mended by keyboard alone", async () => {
    const link = page.getByRole("button", { name: /^Link us-east-1 – eu-west-1: lag/ });
    await link.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Cut this link" }).focus();
    await page.keyboard.press("Enter");
    await page.getByTestId("verdict").getByText("us-east-1 – eu-west-1 is cut").waitFor();
    await page.getByRole("button", { name: "Mend this link" }).focus();
    await page.keyboard.press("Enter");
    await page.getByTestId("verdict").getByText("All 3 regions linked").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }, 60_000);

  test("every view is accessible in both themes, fits a phone, and asks for nothing that its policy forbids", async () => {
    const stopWriting = takesScreenshots ? writeOnAndOn() : () => undefined;
    for (const setup of [{ width: 1400, scheme: "light" } as const, { width: 390, scheme: "dark" } as const]) {
      const other = await openPage(browser, setup);
      await other.page.goto(url());
      for (const name of VIEWS) {
        await view(name, other.page);
        if (name === "Health") await other.page.getByText(/^All regions hold the same/).waitFor();
        expect(await axeFindings(other.page), `${name}, ${setup.scheme}`).toEqual([]);
        const width = await other.page.evaluate("document.documentElement.scrollWidth");
        expect(width, `${name} at ${setup.width}`).toBeLessThanOrEqual(setup.width);
        if (PICTURED.has(name)) await screenshot(other.page, name.toLowerCase());
      }
      await view("Map", other.page);
      await other.page.getByRole("button", { name: /^Region us-east-1\W+up$/ }).click();
      await other.page.getByRole("dialog").waitFor();
      expect(await axeFindings(other.page), `panel, ${setup.scheme}`).toEqual([]);
      expect(other.problems).toEqual([]);
      await other.page.close();
    }
    stopWriting();
    expect(opened.problems).toEqual([]);
  }, 120_000);
});
