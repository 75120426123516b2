/**
 * What the suite runs against: a server alone, and one like it behind a region's agent. Both are new for each unit, so that
 * what a unit leaves behind, such as a password, meets no other.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAgent } from "@meridian/agent";
import { findServerBinary, freePort, launchServer } from "@meridian/engine";

/** The agent's log says nothing that the suite asks about. */
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const REGION = "us-east-1";

/** @returns {Promise<{ port: number, stop(): Promise<void> }>} */
export async function startPlain() {
  const dataDir = await mkdtemp(join(tmpdir(), "meridian-compat-"));
  const binary = await findServerBinary();
  const server = await launchServer({ ...binary, port: await freePort(), dataDir, aof: false });
  return {
    port: server.port,
    stop: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The region has a peer, as it would; that one is away. */
export async function startMeridian() {
  const plain = await startPlain();
  try {
    const agent = await startAgent(
      {
        region: REGION,
        regions: [
          { name: REGION, link: "127.0.0.1:1" },
          { name: "eu-west-1", link: "127.0.0.1:1" },
        ],
        server: { url: `redis://127.0.0.1:${plain.port}` },
        gateway: { host: "127.0.0.1", port: 0 },
        link: { host: "127.0.0.1", port: 0 },
        admin: undefined,
      },
      silent,
    );
    return {
      port: agent.gatewayPort,
      stop: async () => {
        await agent.stop();
        await plain.stop();
      },
    };
  } catch (error) {
    await plain.stop();
    throw error;
  }
}
