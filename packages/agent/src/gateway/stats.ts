/** What the gateway counts. Plain numbers, since they are touched for every command. */
import { gatewayLimits } from "./limits.js";

export interface GatewayStats {
  clientsConnected: number;
  clientsTotal: number;
  clientsRefused: number;
  /** Because they were idle for too long. */
  clientsIdleClosed: number;
  /** Because they were subscribed, or monitored, and did not read. */
  clientsStalledClosed: number;
  tlsHandshakesFailed: number;
  /** For a value in a key, with BLPOP or the like. */
  clientsWaiting: number;
  /** Commands forwarded as they came. */
  commandsForwarded: number;
  /** Commands that became function calls, and the calls. */
  commandsWritten: number;
  functionCalls: number;
  /** Sent, at EXEC. */
  transactions: number;
  commandsRefused: number;
  /** By the name of the command, upper case. */
  refusedByName: Record<string, number>;
  /** Large commands passed on as they arrived. */
  commandsStreamed: number;
  protocolErrors: number;
  serverConnectionsLost: number;
  bytesFromClients: number;
  bytesToClients: number;
  /** Times that a client was not read, or a server connection was not read, because the other side was full. */
  clientPauses: number;
  serverPauses: number;
}

export const OTHER_NAMES = "(other)";

export function newStats(): GatewayStats {
  return {
    clientsConnected: 0,
    clientsTotal: 0,
    clientsRefused: 0,
    clientsIdleClosed: 0,
    clientsStalledClosed: 0,
    tlsHandshakesFailed: 0,
    commandsForwarded: 0,
    commandsWritten: 0,
    functionCalls: 0,
    transactions: 0,
    clientsWaiting: 0,
    commandsRefused: 0,
    refusedByName: {},
    commandsStreamed: 0,
    protocolErrors: 0,
    serverConnectionsLost: 0,
    bytesFromClients: 0,
    bytesToClients: 0,
    clientPauses: 0,
    serverPauses: 0,
  };
}

export function countRefused(stats: GatewayStats, command: string): void {
  stats.commandsRefused++;
  const names = stats.refusedByName;
  const full = Object.keys(names).length >= gatewayLimits.refusedNamesMax;
  const name = Object.hasOwn(names, command) || !full ? command : OTHER_NAMES;
  names[name] = (names[name] ?? 0) + 1;
}
