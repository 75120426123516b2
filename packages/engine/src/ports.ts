/**
 * Is a TCP port of 127.0.0.1 free? And: a free one. It is drawn from below those that Linux gives out of its own accord
 * (32768 and up): of these any connection that is made meanwhile may take it before whoever asked does.
 */
import { createServer } from "node:net";
import { limits } from "./limits.js";

export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

export async function freePort(): Promise<number> {
  const span = limits.freePortMax - limits.freePortMin;
  for (let attempt = 0; attempt < limits.freePortAttemptsMax; attempt++) {
    const port = limits.freePortMin + Math.floor(Math.random() * span);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`no free port found between ${limits.freePortMin} and ${limits.freePortMax}`);
}
