/**
 * One of several processes of a region's gateway. The agent accepts the connections and hands them over; here they are
 * served. It ends when the agent tells it to, or is gone, however that ended; signals of a terminal, or of who stops the
 * whole group, are the agent's to act upon: it drains its processes.
 */
import type { Socket } from "node:net";
import { ClientService } from "../client-service.js";
import { gatewayLimits } from "../limits.js";
import type { FromWorker, ToWorker } from "./messages.js";
import { RemoteRegion } from "./remote-region.js";

let service: ClientService | undefined;
const region = new RemoteRegion(tell);
let waitingElsewhere = new Set<number>();
/** Connections that came, and that are closed. */
let taken = 0;
let lost = 0;
let reported = "";

function tell(message: FromWorker): void {
  process.send?.(message, undefined, undefined, () => undefined); // a closed channel ends us by "disconnect"
}

function report(): void {
  if (service === undefined) return;
  const closed = taken - service.connections + lost;
  const counts: FromWorker = { kind: "counts", closed, stats: service.stats(), waiting: service.waitingIds() };
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

async function stop(running: ClientService): Promise<void> {
  await running.stop();
  report();
  process.disconnect();
}

function start({ settings, tls }: Extract<ToWorker, { kind: "start" }>): void {
  service = new ClientService(settings, tls, region, {
    isWaiting: (id) => waitingElsewhere.has(id),
    unblock: (client, asError) => {
      waitingElsewhere.delete(client);
      tell({ kind: "unblock", client, asError });
    },
  });
  setInterval(report, gatewayLimits.workerReportMs).unref();
  tell({ kind: "ready" });
}

function handle(running: ClientService, message: Exclude<ToWorker, { kind: "start" }>, socket?: Socket): void {
  switch (message.kind) {
    case "client":
      takeClient(running, message, socket);
      break;
    case "certificate":
      running.useCertificate(message.material);
      break;
    case "upstream":
      running.useUpstream(message.upstream);
      break;
    case "waitingElsewhere":
      waitingElsewhere = new Set(message.ids);
      break;
    case "unblock":
      running.unblock(message.client, message.asError);
      break;
    case "stop":
      void stop(running);
      break;
    default:
      region.onMessage(message);
  }
}

process.on("message", (message: ToWorker, socket?: Socket) => {
  if (message.kind === "start") start(message);
  else if (service !== undefined) handle(service, message, socket);
});
process.on("disconnect", () => process.exit(0));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
