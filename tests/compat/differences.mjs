/**
 * Tests of Redis's suite that a server alone passes and the gateway does not, by what they have in common. A test is named
 * by its unit and its name; the second of one name in a unit is `name (2)`.
 *
 * `atTimes`: it depends on who is faster, so it may pass. `skipped` are not run: they would hang, or leave a state behind in
 * which the tests after them can't pass.
 */

/** @typedef {{ unit: string, test: string, reason: string, skipped: boolean, atTimes: boolean }} Difference */

const classes = [
  {
    reason:
      "A write is a call of Meridian's function: what the server counts, times and logs of commands is told of that call and of what it calls.",
    tests: {
      "unit/introspection": [
        "MONITOR can log commands issued by the scripting engine",
        "MONITOR can log commands issued by functions",
        "MONITOR correctly handles multi-exec cases",
      ],
      "unit/introspection-2": [
        "command stats for GEOADD",
        "errors stats for GEOADD",
        "command stats for EXPIRE",
        "command stats for BRPOP",
        "command stats for MULTI",
        "command stats for scripts",
      ],
      "unit/latency-monitor": [
        "LATENCY HISTOGRAM with a subset of commands",
        "LATENCY HISTOGRAM with wrong command name skips the invalid one",
      ],
      "unit/slowlog": [
        "SLOWLOG - Rewritten commands are logged as their original command",
        "SLOWLOG - commands with too many arguments are trimmed",
        "SLOWLOG - too long arguments are trimmed",
      ],
      "unit/scripting": ["Consistent eval error reporting"],
      "unit/bitops": ["SETBIT/BITFIELD only increase dirty when the value changed"],
    },
  },
  {
    reason:
      "Client-side caching: for the server the writer is a function, so NOLOOP keeps no message back, and the keys that a script names are not tracked. Keys of Meridian's own and the connection that watches keys for waiting clients are among what the server counts and evicts, and a FLUSHDB within a transaction names each key.",
    tests: {
      "unit/tracking": [
        "Test ASYNC flushall",
        "flushdb tracking invalidation message is not interleaved with transaction response",
        "Server is able to evacuate enough keys when num of keys surpasses limit by more than defined initial effort",
        "Tracking info is correct",
      ],
    },
    skipped: {
      "unit/tracking": [
        "Tracking NOLOOP mode in BCAST mode works",
        "Tracking gets notification of expired keys",
        "Tracking only occurs for scripts when a command calls a read-only command",
      ],
    },
  },
  {
    reason:
      "A script runs inside a function: FUNCTION KILL and SCRIPT KILL both end it, its load has no time limit of its own, SCRIPT FLUSH and INFO know of no scripts of the server's own cache, and CLIENT PAUSE WRITE holds read-only scripts up too.",
    tests: { "unit/scripting": ["SCRIPTING FLUSH ASYNC"] },
    skipped: {
      "unit/functions": [
        "LIBRARIES - load timeout",
        "FUNCTION - test function kill",
        "FUNCTION - test script kill not working on function",
        "FUNCTION - test function kill not working on eval",
      ],
      "unit/pause": [
        "Test RO scripts are not blocked by pause RO",
        "Test read-only scripts in mutli-exec are not blocked by pause RO",
      ],
    },
  },
  {
    reason:
      "A script's `redis` and `_G` are its own: what it changes of them ends with the script, and nothing is raised, or another error. While a library loads it finds more than `redis.register_function`.",
    tests: {
      "unit/scripting": [
        "Try trick global protection 3",
        "Try trick global protection 4",
        "Try trick global protection 3 (2)",
        "Try trick global protection 4 (2)",
      ],
      "unit/functions": [
        "LIBRARIES - math.random from function load",
        "LIBRARIES - malicious access test",
        "FUNCTION - test getmetatable on script load",
      ],
    },
  },
  {
    reason:
      "MULTI stays in the gateway until EXEC: a server that is full, or busy with a script, says so at EXEC and not when a command is queued. CLIENT commands can't stand between writes, and a write that is wrong waits for the end of CLIENT PAUSE.",
    tests: {
      "unit/multi": [
        "EXEC fails if there are errors while queueing commands #2",
        "MULTI and script timeout",
        "MULTI-EXEC body and script timeout",
      ],
      "unit/pause": ["Test that client pause starts at the end of a transaction"],
    },
    skipped: {
      "unit/multi": ["DISCARD should not fail during OOM"],
      "unit/pause": ["Test clients with syntax errors will get responses immediately"],
    },
  },
  {
    reason:
      "Who waits for a value is served a moment after the write, in a step of its own: a client may see the value in between, and commands that come at once over several connections take no order from each other.",
    atTimes: true,
    tests: {
      "unit/type/list": ["Linked LMOVEs", "Circular BRPOPLPUSH", "PUSH resulting from BRPOPLPUSH affect WATCH"],
    },
    skipped: { "unit/type/list": ["BRPOPLPUSH with multiple blocked clients"] },
  },
  {
    reason:
      "Stream ids: a sequence that is not given is a multiple of 256 plus the region's place in the list of regions, from 1, so that two regions never make one id; `666` is 666-1. No entry has the id 0-1. `~` trims by whole hundreds.",
    tests: {
      "unit/type/stream": [
        "XADD auto-generated sequence is incremented for last ID",
        "XADD auto-generated sequence is zero for future timestamp ID",
        "Blocking XREAD will not reply with an empty array",
        "Blocking XREAD for stream that ran dry (issue #5299)",
        "XREVRANGE regression test for issue #5006",
        "XADD streamID edge",
        "XADD 0-* should succeed",
        "XRANGE exclusive ranges",
        "XTRIM with MAXLEN option basic test",
        "XADD with LIMIT consecutive calls",
        "XTRIM with LIMIT delete entries no more than limit",
      ],
      "unit/type/stream-cgroups": [
        "XREADGROUP history reporting of deleted entries. Bug #5570",
        "Blocking XREADGROUP will not reply with an empty array",
        "Blocking XREAD: key deleted",
        "Blocking XREAD: key type changed with SET",
        "Blocking XREADGROUP for stream that ran dry (issue #5299)",
        "Blocking XREADGROUP will ignore BLOCK if ID is not >",
        "XINFO FULL output",
      ],
    },
  },
  {
    reason:
      "Consumer groups: RENAME, COPY and RESTORE carry entries and the last id, not groups, and destroying the last group of a stream without entries removes the stream.",
    tests: {
      "unit/type/stream-cgroups": [
        "XGROUP DESTROY should unblock XREADGROUP with -NOGROUP",
        "RENAME can unblock XREADGROUP with data",
        "Loading from legacy (Redis <= v6.2.x, rdb_ver < 10) persistence",
      ],
      "unit/keyspace": ["COPY basic usage for stream-cgroups"],
    },
  },
  {
    reason:
      "Keyspace events of a value's making: HINCRBY and the like write what they have computed, so the event is that of HSET; a group or consumer that is made anew has the events of that.",
    tests: {
      "unit/pubsub": ["Keyspace notifications: hash events test", "Keyspace notifications: stream events test"],
    },
  },
  {
    reason:
      "Eviction would take values away in one region only, so `maxmemory-policy` is noeviction, and RESTORE's IDLETIME and FREQ say nothing.",
    tests: {
      "unit/dump": ["RESTORE can set LRU", "RESTORE can set LFU"],
      "unit/pubsub": ["Keyspace notifications: evicted events"],
    },
    skipped: { "unit/tracking": ["Tracking invalidation message of eviction keys should be before response"] },
  },
  {
    reason:
      "Refused: settings that concern replication and connections (`port`, `min-replicas-to-write` and others), databases beside 0, DEBUG, and what of PFDEBUG changes a value.",
    tests: {
      "unit/introspection": ["CONFIG sanity", "CONFIG SET rollback on apply error"],
      "unit/scripting": ["not enough good replicas"],
      "unit/hyperloglog": [
        "HyperLogLog sparse encoding stress test",
        "PFDEBUG GETREG returns the HyperLogLog raw registers",
      ],
    },
  },
  {
    reason:
      "While writes are paused the agent's own wait too, and are among the blocked clients that a test counts, if they come just then.",
    atTimes: true,
    tests: {
      "unit/pause": [
        "Test write commands are paused by RO",
        "Test special commands are paused by RO",
        "Test read/admin mutli-execs are not blocked by pause RO",
        "Test write mutli-execs are blocked by pause RO",
        "Test scripts are blocked by pause RO",
        "Test write scripts in mutli-exec are blocked by pause RO",
        "Test multiple clients can be queued up and unblocked",
      ],
    },
  },
  {
    reason: "Users: who runs scripts needs `+fcall` and the keys of Meridian's own as well.",
    skipped: { "unit/scripting": ["Script ACL check", "Script ACL check (2)"] },
  },
];

/** @type {readonly Difference[]} */
export const differences = classes.flatMap(({ reason, atTimes = false, tests = {}, skipped = {} }) => [
  ...listed(tests, { reason, atTimes, skipped: false }),
  ...listed(skipped, { reason, atTimes, skipped: true }),
]);

function listed(tests, rest) {
  return Object.entries(tests).flatMap(([unit, names]) => names.map((test) => ({ unit, test, ...rest })));
}
