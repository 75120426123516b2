/**
 * What an agent is made of, as it sees its parts. `startAgent` takes them as a parameter, so that tests can put the
 * agent together from others; the real ones are the default.
 */
import { startEngine, type Engine, type EngineOptions } from "@meridian/engine";
import { startGateway } from "./gateway/index.js";
import { startReplication } from "./replica/index.js";

export type ReplicationOptions = Parameters<typeof startReplication>[0];
export type Replication = Awaited<ReturnType<typeof startReplication>>;
export type ReplicationStatus = ReturnType<Replication["status"]>;
export type ReplicationLink = ReplicationStatus["outgoing"][number];
export type GatewayOptions = Parameters<typeof startGateway>[0];
export type Gateway = Awaited<ReturnType<typeof startGateway>>;
export type GatewayProblem = ReturnType<Gateway["problems"]>[number];
export type GatewayStats = ReturnType<Gateway["stats"]>;

export interface Services {
  startEngine(options: EngineOptions): Promise<Engine>;
  startReplication(options: ReplicationOptions): Promise<Replication>;
  startGateway(options: GatewayOptions): Promise<Gateway>;
}

export const realServices: Services = { startEngine, startReplication, startGateway };
