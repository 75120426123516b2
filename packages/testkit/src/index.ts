/** What tests, the simulator and the benchmarks share. */
export {
  type ClusterNode,
  type ClusterOptions,
  type SpawnedCluster,
  hasCluster,
  spawnCluster,
} from "./cluster/spawn-cluster.js";
export { freeBasePort, freePorts } from "./ports.js";
export { type SeededRandom, seededRandom } from "./seeded-random.js";
export { type SpawnOptions, type SpawnedRedis, spawnRedis } from "./spawn-redis.js";
export { type SentinelOptions, type SpawnedSentinel, spawnSentinel } from "./spawn-sentinel.js";
export { type TempDir, tempDir } from "./temp-dir.js";
export { testSeed } from "./test-seed.js";
export { type Falsy, type WaitOptions, waitFor } from "./wait-for.js";
export * from "./keyspace/index.js";
