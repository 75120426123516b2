/** What lost in conflicts and is kept, and writing it again. */
import type { ConflictsDocument, RestoreDocument, RestoreRequest } from "@meridian/agent/api";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { limits } from "../limits.js";
import { post } from "./client.js";

export function useConflicts() {
  return useQuery({
    queryKey: ["conflicts"],
    queryFn: () => post<ConflictsDocument>("/api/conflicts", { limit: limits.conflictsMax }),
    // Events say when there are others; what is written over without a new one shows a little later.
    refetchInterval: limits.conflictsEveryMs,
    retry: false,
  });
}

export function useRestore() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (request: RestoreRequest) => post<RestoreDocument>("/api/restore", request),
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: ["conflicts"] });
      await queries.invalidateQueries({ queryKey: ["key"] });
    },
  });
}
