/**
 * What a client may set by CONFIG SET: settings that change how the region's server works, and nothing of what its values
 * mean or of what reaches the other regions. They are the server's own, in each region.
 *
 * Not among them, and so refused: who may connect and where (a changed password locks the agent out), eviction (it would
 * take values away in one region only), replication, folders and files, and what makes persistence less.
 */
import type { CommandArguments } from "./command-arguments.js";

const SETTABLE = new Set(
  [
    // How values are laid out.
    "hash-max-listpack-entries hash-max-listpack-value hash-max-ziplist-entries hash-max-ziplist-value",
    "list-compress-depth list-max-listpack-size list-max-ziplist-size",
    "set-max-intset-entries set-max-listpack-entries set-max-listpack-value",
    "zset-max-listpack-entries zset-max-listpack-value zset-max-ziplist-entries zset-max-ziplist-value",
    "hll-sparse-max-bytes stream-node-max-bytes stream-node-max-entries",
    // Memory: a server that is full refuses writes, and the replication to it waits.
    "maxmemory maxmemory-clients maxmemory-samples lfu-decay-time lfu-log-factor repl-backlog-size repl-backlog-ttl",
    "active-expire-effort activerehashing jemalloc-bg-thread",
    "lazyfree-lazy-eviction lazyfree-lazy-expire lazyfree-lazy-server-del lazyfree-lazy-user-del lazyfree-lazy-user-flush",
    "activedefrag active-defrag-cycle-max active-defrag-cycle-min active-defrag-ignore-bytes",
    "active-defrag-max-scan-fields active-defrag-threshold-lower active-defrag-threshold-upper",
    // Limits of one client, or of one command.
    "busy-reply-threshold lua-time-limit client-query-buffer-limit proto-max-bulk-len tracking-table-max-keys",
    // What can be looked at.
    "notify-keyspace-events slowlog-log-slower-than slowlog-max-len acllog-max-len",
    "latency-monitor-threshold latency-tracking latency-tracking-info-percentiles loglevel",
    // Snapshots, and the work of the server in the background.
    "save rdbcompression rdb-key-save-delay rdb-save-incremental-fsync aof-use-rdb-preamble hz dynamic-hz",
    "auto-aof-rewrite-min-size auto-aof-rewrite-percentage shutdown-on-sigint shutdown-on-sigterm",
    // What no server changes while it runs: it says so itself.
    "daemonize databases io-threads pidfile rdbchecksum supervised",
  ].flatMap((line) => line.split(" ")),
);

/** Settings with values that are right, as Meridian needs them, and others that are not. */
const SETTABLE_TO: Readonly<Record<string, string | undefined>> = {
  "maxmemory-policy": "noeviction",
  appendonly: "yes",
};

/** CONFIG SET of the limit of memory. */
export function setsMemory(given: CommandArguments): boolean {
  for (let at = 2; at < given.count; at += 2) if (given.word(at) === "maxmemory") return true;
  return false;
}

/** Of CONFIG SET the place of the first setting that may not be set so; undefined where all may. */
export function refusedSettingAt(given: CommandArguments): number | undefined {
  for (let at = 2; at < given.count; at += 2) {
    const name = given.word(at);
    const isRight = SETTABLE.has(name) || (at + 1 < given.count && SETTABLE_TO[name] === given.word(at + 1));
    if (!isRight) return at;
  }
  return undefined;
}
