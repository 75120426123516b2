/**
 * A real Chromium for the tests of the console: the one on the PATH, and none where there is none. A page notes what it
 * must never do: throw, or load or run what its policy forbids.
 */
import { readFileSync, accessSync, constants, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { ROOT } from "../repository.js";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** Generous: a loaded machine is slow, not wrong. */
const WAIT_MS_MAX = 30_000;

export const chromiumPath: string | undefined = (process.env["PATH"] ?? "")
  .split(delimiter)
  .flatMap((folder) => NAMES.map((name) => join(folder, name)))
  .find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

export async function launchBrowser(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error("there is no Chromium on the PATH");
  return await chromium.launch({ executablePath: chromiumPath, args: ARGUMENTS });
}

export interface PageSetup {
  width?: number;
  scheme?: "light" | "dark";
}

export interface OpenPage {
  page: Page;
  /** What it complained of. */
  problems: string[];
}

export async function openPage(
  browser: Browser,
  { width = 1400, scheme = "light" }: PageSetup = {},
): Promise<OpenPage> {
  const page = await browser.newPage({ viewport: { width, height: width < 500 ? 844 : 900 }, colorScheme: scheme });
  page.setDefaultTimeout(WAIT_MS_MAX);
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    // An answer that is no success is for the page to show, and is none of these.
    const isAnswer = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isAnswer) problems.push(message.text());
  });
  return { page, problems };
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface AxeResults {
  violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[];
}

/** What axe finds wrong with the page as it is now, a line each. */
export async function axeFindings(page: Page): Promise<string[]> {
  // What moves in is judged when it is there: half transparent, it has no contrast.
  await page.evaluate("Promise.allSettled(document.getAnimations().map((animation) => animation.finished))");
  await page.evaluate(`window.axe === undefined && (() => { ${axeSource} })()`);
  const { violations } = await page.evaluate<AxeResults>("window.axe.run(document, { resultTypes: ['violations'] })");
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n  ${html}\n  ${failureSummary ?? ""}`),
  );
}

/** With MERIDIAN_SCREENSHOTS=1 the pictures of the documents are made anew; a usual run writes none. */
export const takesScreenshots = process.env["MERIDIAN_SCREENSHOTS"] === "1";

export async function screenshot(page: Page, name: string): Promise<void> {
  if (!takesScreenshots) return;
  const folder = join(ROOT, "docs", "images");
  mkdirSync(folder, { recursive: true });
  const width = page.viewportSize()?.width ?? 0;
  await page.screenshot({ path: join(folder, `${name}-${width}.png`) });
}
