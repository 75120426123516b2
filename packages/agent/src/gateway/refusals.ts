/** What to use instead of a command that is not replicated. Each ends the sentence "'LPUSH' is not replicated ...: ". */
export const LISTS =
  "keep the elements in a hash (HSET) under ids of your own, or in a set (SADD) when order does not matter";
export const SORTED_SETS = "keep the scores in a hash (HSET, HINCRBY) and sort when you read";
export const STREAMS = "keep the entries in a hash (HSET) under ids of your own, or send them with PUBLISH";
export const HYPERLOGLOGS = "count with a set (SADD, SCARD)";
export const BITS = "keep the flags as fields of a hash (HSET) or as members of a set (SADD)";
export const TRANSACTIONS =
  "one command with several keys or fields is one step in every region: use MSET, HSET, SADD, DEL with many arguments";
export const SCRIPTS =
  "send the commands themselves, pipelined; a script that only reads can be sent with EVAL_RO or FCALL_RO";
export const FUNCTIONS = "load functions that only read on each region's server itself, and call them with FCALL_RO";
export const WAITING = "look at the replication lag with: npx meridian lag";
export const SHARDED = "use PUBLISH and SUBSCRIBE, which reach every region";
export const DATABASES = "use database 0, and prefixes of key names instead of databases";
export const RAW_VALUES = "write the value with SET, HSET or SADD";
export const FIELD_TTL = "give the TTL to the whole key (EXPIRE), and such fields a key of their own";
export const NEWER = "use SET, MSET and DEL with the options of Redis 7.0";
export const SORT_STORE = "sort without STORE, and write the result with SADD or HSET";
export const GEO_STORE = "search without STORE, and write the result with SADD or HSET";
export const NO_CLUSTER = "the region's server is a standalone one; connect without cluster mode";
export const SERVER_ITSELF = "it concerns one server, so connect to the region's server itself";
