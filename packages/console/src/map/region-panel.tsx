/** One region: its server, agents and gateway, what is wrong with it, and what may be done to it. */
import type { RegionStatus, StatusDocument } from "@meridian/agent/api";
import { useConsole, useLinksChange, useServersChange } from "../api/console.js";
import { bytesText, compact, durationText } from "../numbers.js";
import { Icon } from "../parts/icon.js";
import { Panel } from "../parts/panel.js";
import { Facts, Notice, RegionName, State } from "../parts/parts.js";

const WORDS = { up: "up", "server-down": "its server is down", "agent-down": "its agent does not answer" } as const;

export function RegionPanel({ status, name, onClose }: { status: StatusDocument; name: string; onClose: () => void }) {
  const index = status.regions.findIndex(({ region }) => region === name);
  const region = status.regions[index];
  const { actions } = useConsole();
  if (region === undefined) return null;
  const isCut = status.links.some(({ from, to, emulated }) => (from === name || to === name) && emulated?.up === false);
  return (
    <Panel
      title={<RegionName name={name} index={index} />}
      subtitle={<State kind={region.state === "up" ? "good" : "bad"}>{WORDS[region.state]}</State>}
      onClose={onClose}
    >
      {(actions.links || actions.servers) && <RegionActions region={region} isCut={isCut} />}
      {region.problem !== null && <Notice kind="bad">{region.problem}</Notice>}
      {region.findings.map(({ code, severity, message }) => (
        <Notice key={code} kind={severity === "error" ? "bad" : "warn"}>
          {message}
        </Notice>
      ))}
      <section>
        <h3>What runs</h3>
        <Facts facts={factsOf(region, status.atMs)} />
      </section>
      {region.alarms.length > 0 && (
        <section>
          <h3>Alarms of late</h3>
          <ul className="alarm-list">
            {region.alarms.slice(-5).map(({ code, message, count }) => (
              <li key={`${code} ${message}`}>
                <code>{code}</code>
                {count > 1 && <span className="quiet"> {count} times</span>}
                <p>{message}</p>
              </li>
            ))}
          </ul>
        </section>
      )}
    </Panel>
  );
}

function factsOf(
  { server, gateway, agents, conflicts, logs, origin, stateSync, activePassive }: RegionStatus,
  atMs: number,
) {
  const connections = gateway?.processes.reduce((sum, process) => sum + process.connections, 0);
  const seen = gateway?.stats["connections"] ?? connections;
  return [
    ["Connect to", gateway === null ? "–" : <code key="gateway">{`${gateway.host}:${gateway.port}`}</code>],
    ["Server", server === null ? "–" : `${server.kind} ${server.version} on ${server.host}:${server.port}`],
    ["Data", server === null ? "–" : server.persistent ? "kept on disk" : "in memory only"],
    ["Agents", agents.map(({ role }) => role).join(", ") || "none"],
    ["Clients", typeof seen === "number" ? compact(seen) : "–"],
    ["Conflicts kept", conflicts === null ? "–" : `in ${compact(conflicts.keys)} keys`],
    [
      "Logs",
      logs === null ? "–" : `${logs.bytes === null ? "?" : bytesText(logs.bytes)} of ${bytesText(logs.bytesMax)}`,
    ],
    ["Logs kept for", logs === null || logs.keptFor.length === 0 ? "nobody" : logs.keptFor.join(", ")],
    ...(stateSync === null
      ? []
      : [
          [
            "Catches up",
            `${stateSync.buckets} of ${stateSync.bucketsTotal}, since ${durationText(atMs - stateSync.sinceMs)}`,
          ] as const,
        ]),
    ...(activePassive === undefined ? [] : [["Part", partText(activePassive)] as const]),
    ["Stamps as", origin === null ? "–" : <code key="origin">{origin}</code>],
  ] as const;
}

/** Of a region where one takes the writes. */
function partText({ role, primary, held, stalenessMs }: NonNullable<RegionStatus["activePassive"]>): string {
  if (held !== null) return `${role}; writes wait: ${held}`;
  if (role === "primary") return "takes the writes";
  const age = stalenessMs === null ? "" : `, at most ${durationText(stalenessMs)} old`;
  return `follows ${primary ?? "nobody yet"}${age}`;
}

function RegionActions({ region, isCut }: { region: RegionStatus; isCut: boolean }) {
  const { actions } = useConsole();
  const links = useLinksChange();
  const servers = useServersChange();
  const name = region.region;
  const error = links.error ?? servers.error;
  return (
    <section aria-label="What this region does">
      <div className="actions">
        {actions.links && (
          <button
            type="button"
            className={`button ${isCut ? "primary" : "danger"}`}
            disabled={links.isPending}
            onClick={() => links.mutate({ up: isCut, a: name })}
          >
            <Icon name={isCut ? "link" : "cut"} size={16} /> {isCut ? "Mend its links" : "Cut it off"}
          </button>
        )}
        {actions.servers && region.state !== "server-down" && (
          <>
            <button
              type="button"
              className="button danger"
              disabled={servers.isPending}
              onClick={() => servers.mutate({ region: name, action: "kill" })}
            >
              <Icon name="stop" size={16} /> Kill its server
            </button>
            <button
              type="button"
              className="button"
              disabled={servers.isPending}
              onClick={() => servers.mutate({ region: name, action: "restart" })}
            >
              <Icon name="restart" size={16} /> Restart it
            </button>
          </>
        )}
        {actions.servers && region.state === "server-down" && (
          <button
            type="button"
            className="button primary"
            disabled={servers.isPending}
            onClick={() => servers.mutate({ region: name, action: "start" })}
          >
            <Icon name="play" size={16} /> Start its server
          </button>
        )}
      </div>
      {error !== null && <Notice kind="bad">{error.message}</Notice>}
    </section>
  );
}
