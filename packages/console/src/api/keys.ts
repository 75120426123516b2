/** Keys of a region page by page, and one key in all regions. */
import type { KeyDocument, KeysDocument, KeysRequest } from "@meridian/agent/api";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { limits } from "../limits.js";
import { post } from "./client.js";

export type KeysWanted = Pick<KeysRequest, "region" | "prefixBase64" | "type">;

/** Pages without a key in them are gone through, some at a time: few keys may fit, far between. */
async function someKeys(wanted: KeysWanted, from: string): Promise<KeysDocument> {
  const keys: KeysDocument["keys"] = [];
  let cursor = from;
  for (let pages = 0; ; pages++) {
    const page = await post<KeysDocument>("/api/keys", { ...wanted, cursor, count: limits.keysPage });
    keys.push(...page.keys);
    cursor = page.cursor;
    if (cursor === "0" || keys.length >= limits.keysPage || pages >= limits.keysPagesAtOnce)
      return { ...page, keys, cursor };
  }
}

export function useKeys(wanted: KeysWanted | undefined) {
  return useInfiniteQuery({
    queryKey: ["keys", wanted],
    queryFn: ({ pageParam }) => someKeys(wanted ?? { region: "" }, pageParam),
    enabled: wanted !== undefined,
    initialPageParam: "0",
    getNextPageParam: ({ cursor }) => (cursor === "0" ? undefined : cursor),
    retry: false,
    gcTime: 0,
  });
}

export function useKey(keyBase64: string) {
  return useQuery({
    queryKey: ["key", keyBase64],
    queryFn: () => post<KeyDocument>("/api/key", { keyBase64 }),
    refetchInterval: limits.keyEveryMs,
    retry: false,
    gcTime: 0,
  });
}
