/**
 * One of several processes of a region's gateway. The agent accepts the connections and hands them over; here they are
 * served. It ends when the agent tells it to, or is gone, however that ended; signals of a terminal, or of who stops the
 * whole group, are the agent's to act upon: it drains its processes.
 */
import type { Socket } from "node:net";
import { ClientService } from "../client-service.js";
import { gatewayLimits } from "../limits.js";
import type { FromWorker, ToWorker } from "./messages.js";

let service: ClientService | undefined;
/** Connections that came, and that are closed. */
let taken = 0;
let lost = 0;
let reported = "";

function tell(message: FromWorker): void {
  process.send?.(message, undefined, undefined, () => undefined); // a closed channel ends us by "disconnect"
}

function report(): void {
  if (service === undefined) return;
  const counts: FromWorker = { kind: "counts", closed: taken - service.connections + lost, stats: service.stats() };
  const text = JSON.stringify(counts);
  if (text !== reported) tell(counts);
  reported = text;
}

function takeClient(running: ClientService, message: Extract<ToWorker, { kind: "client" }>, socket?: Socket): void {
  if (socket === undefined) {
    lost++; // its client left on the way
    return;
  }
  taken++;
  socket.allowHalfOpen = true; // it does not come along
  running.take(socket, message.door);
}

async function stop(): Promise<void> {
  await service?.stop();
  report();
  process.disconnect();
}

process.on("message", (message: ToWorker, socket?: Socket) => {
  if (message.kind === "start") {
    service = new ClientService(message.settings, message.tls);
    setInterval(report, gatewayLimits.workerReportMs).unref();
    tell({ kind: "ready" });
  } else if (message.kind === "stop") {
    void stop();
  } else if (service !== undefined) {
    if (message.kind === "client") takeClient(service, message, socket);
    else service.useCertificate(message.material);
  }
});
process.on("disconnect", () => process.exit(0));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
