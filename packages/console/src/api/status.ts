/** The status of the deployment as this page keeps it: asked for each second, and shown as old when no answer comes. */
import type { StatusDocument } from "@meridian/agent/api";
import { useQuery } from "@tanstack/react-query";
import { limits } from "../limits.js";
import { get } from "./client.js";

export interface StatusView {
  status: StatusDocument | undefined;
  /** Why there is no newer one; undefined: there is. */
  problem: string | undefined;
}

export function useStatus(): StatusView {
  const { data, error } = useQuery({
    queryKey: ["status"],
    queryFn: () => get<StatusDocument>("/api/status"),
    refetchInterval: limits.statusEveryMs,
    retry: false,
  });
  return { status: data, problem: error?.message };
}
