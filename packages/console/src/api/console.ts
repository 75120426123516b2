/** Who one is here and what one may do; and what this page does to the deployment. */
import type {
  ConsoleActions,
  ConsoleDocument,
  LinksDocument,
  LinksRequest,
  LinkEmulation,
  ServersDocument,
  ServersRequest,
} from "@meridian/agent/api";
import { useMutation, useQuery, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { get, post } from "./client.js";

const NOTHING: ConsoleActions = { commands: false, restore: false, links: false, servers: false };

export function useConsole(): { console: ConsoleDocument | undefined; actions: ConsoleActions } {
  const { data } = useQuery({
    queryKey: ["console"],
    queryFn: () => get<ConsoleDocument>("/api/console"),
    retry: false,
  });
  return { console: data, actions: data?.signedIn === true ? data.actions : NOTHING };
}

type LinksChange = Partial<LinksRequest> & Partial<LinkEmulation>;

/** An action: asked for once, and the status is read anew when it is done. */
function useAction<Request, Answer>(path: string): UseMutationResult<Answer, Error, Request> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (request: Request) => post<Answer>(path, request),
    onSettled: () => queries.invalidateQueries({ queryKey: ["status"] }),
  });
}

export function useLinksChange(): UseMutationResult<LinksDocument, Error, LinksChange> {
  return useAction<LinksChange, LinksDocument>("/api/links");
}

export function useServersChange(): UseMutationResult<ServersDocument, Error, ServersRequest> {
  return useAction<ServersRequest, ServersDocument>("/api/servers");
}
