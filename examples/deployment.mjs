/**
 * What the examples share: the three regions of a running `npm start`, their links, and waiting for what is to be seen. An example
 * ends with 0 where all was as it says, and with 1 where something did not come in time.
 */
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { connect } from "@meridian/client";

const SEEN_MS_MAX = 30_000;
const LOOK_EVERY_MS = 25;

/** Runs the example upon the start of `--base-port` (7000), and mends the links after it in any case. */
export async function example(run) {
  const { values } = parseArgs({ options: { "base-port": { type: "string", default: "7000" } } });
  const basePort = Number(values["base-port"]);
  const deployment = new Deployment(basePort);
  try {
    await deployment.open();
    await deployment.mend();
    await run(deployment);
  } catch (error) {
    console.error(
      error instanceof TypeError && error.message === "fetch failed"
        ? `nothing runs at base port ${basePort}: npm start`
        : error,
    );
    process.exitCode = 1;
  } finally {
    await deployment.close();
  }
}

export class Deployment {
  /** For each region an application that is local there. */
  regions = [];

  constructor(basePort) {
    this.basePort = basePort;
  }

  async open() {
    const status = await (await fetch(`http://127.0.0.1:${this.basePort}/api/status`)).json();
    const names = status.regions.map(({ region }) => region);
    if (names.length < 3) throw new Error(`the examples need three regions, and there are ${names.join(", ")}`);
    const addresses = names.map((name, index) => ({ name, url: `redis://127.0.0.1:${this.basePort + 1 + index}` }));
    this.regions = await Promise.all(names.map((local) => connect({ regions: addresses, local })));
  }

  /** Cuts all links of this region: its own users go on, and nobody else hears of it. */
  cut(region) {
    return this.link({ up: false, a: region });
  }

  mend() {
    return this.link({ up: true });
  }

  async close() {
    await this.mend().catch(() => undefined);
    for (const regions of this.regions) regions.close();
  }

  async link(change) {
    const response = await fetch(`http://127.0.0.1:${this.basePort}/api/links`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(change),
    });
    if (!response.ok) throw new Error(await response.text());
  }
}

/** The first value that is true; an error where none comes in time. */
export async function seen(what, look) {
  const untilMs = performance.now() + SEEN_MS_MAX;
  for (;;) {
    const value = await look();
    if (value) return value;
    if (performance.now() > untilMs) throw new Error(`not seen within ${SEEN_MS_MAX / 1000} s: ${what}`);
    await delay(LOOK_EVERY_MS);
  }
}

/** Until all regions show the same that satisfies. */
export async function alike(what, regions, read, satisfies) {
  await seen(what, async () => {
    const shown = await Promise.all(regions.map((one) => one.read(read)));
    return shown.every((value) => satisfies(value) && JSON.stringify(value) === JSON.stringify(shown[0]));
  });
}

export function say(...words) {
  console.log(...words);
}
