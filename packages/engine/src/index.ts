/** One region's Redis or Valkey: found or started, checked, with Meridian's function library in it. */
export { type Address, addressText, connectTo, parseAddress } from "./address.js";
export { type EngineOptions, type Partitioning, DEFAULT_ROOT, startEngine } from "./start-engine.js";
export type { Engine, EngineEvent, EngineKind } from "./engine.js";
export { type FormingNode, clusterInfo, formCluster, nodeId } from "./cluster/form-cluster.js";
export {
  type LocalCluster,
  type LocalClusterOptions,
  type NodePorts,
  startLocalCluster,
} from "./cluster/local-cluster.js";
export type { SlotNode, Slots, SlotsEvents } from "./cluster/slots.js";
export { type EngineErrorCode, type ErrorDetails, EngineError, engineErrorTexts, isConnectionLost } from "./errors.js";
export { explainError } from "./explain-error.js";
export { examineHealth } from "./health.js";
export { type Wanted, examineSettings } from "./settings.js";
export { type ServerInfo, parseInfo, serverVersionOf } from "./info.js";
export { type LibraryOutcome, type LibrarySource, LIBRARY_PATH, ensureLibrary, readLibrary } from "./library.js";
export { limits as engineLimits } from "./limits.js";
export { type LocalServer, type LocalServerOptions, type ServerFallback, startLocalServer } from "./local-server.js";
export { freePort, isPortFree } from "./ports.js";
export type { Finding, FindingCode } from "./requirements.js";
export { Asker } from "./primary/asker.js";
export { newestOf, type Said, saidOf } from "./primary/sentinel-search.js";
export { type SentinelAccess, type ServerLogin, parseServerUrl, serverLogin } from "./primary/server-url.js";
export { type ServerReplica, replicasIn } from "./replicas.js";
export { type ServerBinary, findServerBinary } from "./server-binary.js";
export { type ServerLaunch, type ServerProcess, launchServer, waitUntilFree } from "./server-process.js";
