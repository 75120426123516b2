/**
 * The status of the deployment as this page keeps it: events say each second how it is, and while none come it is asked for.
 * The same events tell that the list of conflicts is another one.
 */
import type { StatusDocument } from "@meridian/agent/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { limits } from "../limits.js";
import { get } from "./client.js";

export interface StatusView {
  status: StatusDocument | undefined;
  /** Why there is no newer one; undefined: there is. */
  problem: string | undefined;
}

let isTold = false;

export function useStatus(): StatusView {
  const { data, error } = useQuery({
    queryKey: ["status"],
    queryFn: () => get<StatusDocument>("/api/status"),
    refetchInterval: () => (isTold ? false : limits.statusEveryMs),
    retry: false,
  });
  return { status: data, problem: error?.message };
}

/** Once, in the frame of the page. A hidden page lets go of its connection. */
export function useEvents(isSignedIn: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!isSignedIn) return;
    let source: EventSource | undefined;
    const stop = (): void => {
      source?.close();
      source = undefined;
      isTold = false;
    };
    const begin = (): void => {
      source = new EventSource("/api/events");
      source.addEventListener("status", (event: MessageEvent<string>) => {
        isTold = true;
        queries.setQueryData(["status"], JSON.parse(event.data) as StatusDocument);
      });
      source.addEventListener("conflicts", () => void queries.invalidateQueries({ queryKey: ["conflicts"] }));
      source.addEventListener("error", () => {
        isTold = false;
        void queries.invalidateQueries({ queryKey: ["status"] });
      });
    };
    const onVisibility = (): void => {
      if (document.visibilityState === "hidden") stop();
      else if (source === undefined) begin();
    };
    onVisibility();
    document.addEventListener("visibilitychange", onVisibility);
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      stop();
    };
  }, [isSignedIn, queries]);
}
