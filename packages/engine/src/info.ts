/** The text of INFO as a map of its fields. */
export type ServerInfo = ReadonlyMap<string, string>;

export function parseInfo(text: string): ServerInfo {
  const fields = new Map<string, string>();
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0 && !line.startsWith("#")) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}

/** What a user calls the version: Valkey answers `redis_version` with the Redis it is compatible to. */
export function serverVersionOf(info: ServerInfo): string {
  return info.get("valkey_version") ?? info.get("redis_version") ?? "0.0.0";
}
