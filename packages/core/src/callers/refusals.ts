/** What to use instead of a command that is not replicated. Each ends the sentence "'MOVE' is not replicated ...: ". */
export const XINFO = "there are XINFO STREAM, GROUPS and CONSUMERS";
export const WAITING = "look at the replication lag with: npx meridian lag";
export const WAIT_ALONE =
  "within MULTI, or with CLIENT REPLY OFF, nothing can wait: send it after EXEC, with replies on";
export const DATABASES = "use database 0, and prefixes of key names instead of databases";
export const MIGRATION = "copy the value with DUMP and RESTORE";
export const FIELD_TTL = "give the TTL to the whole key (EXPIRE), and such fields a key of their own";
export const NEWER = "use the commands of Redis 7.0: SET, MSET, DEL, XACK and XDEL with their options";
export const NO_CLUSTER = "the region's server is a standalone one; connect without cluster mode";
export const SERVER_ITSELF = "it concerns one server, so connect to the region's server itself";
