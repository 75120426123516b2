/** How regions have been of late. */
import type { HealthDocument } from "@meridian/agent/api";
import { useQuery } from "@tanstack/react-query";
import { limits } from "../limits.js";
import { get } from "./client.js";

export function useHealth() {
  return useQuery({
    queryKey: ["health"],
    queryFn: () => get<HealthDocument>("/api/health"),
    refetchInterval: limits.healthEveryMs,
    retry: false,
  });
}
