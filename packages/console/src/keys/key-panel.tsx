/** One key in all regions side by side, what differs, what lost, and what was done to it last. */
import type { Bytes, KeyDocument, KeyOperation, KeyRegion } from "@meridian/agent/api";
import { useKey } from "../api/keys.js";
import { ConflictItem } from "../conflicts/conflict-item.js";
import { bytesText, clockText, compact, durationText } from "../numbers.js";
import { Panel } from "../parts/panel.js";
import { Facts, Notice, RegionName, hueOf } from "../parts/parts.js";
import { BytesText, Value } from "../parts/value.js";

export interface KeyPanelProps {
  keyBase64: string;
  regions: readonly string[];
  onClose: () => void;
}

export function KeyPanel({ keyBase64, regions, onClose }: KeyPanelProps) {
  const { data, error } = useKey(keyBase64);
  const title = data === undefined ? "…" : <BytesText bytes={data.key} />;
  return (
    <Panel title={<code className="key-title">{title}</code>} isWide onClose={onClose}>
      {error !== null && <Notice kind="bad">{error.message}</Notice>}
      {data !== undefined && <Everywhere document={data} regions={regions} />}
    </Panel>
  );
}

const DIFFERENCES = { type: "type", value: "value", deadline: "deadline", metadata: "metadata" } as const;

function Everywhere({ document, regions }: { document: KeyDocument; regions: readonly string[] }) {
  const { differences, conflicts, history, historyWhole } = document;
  return (
    <>
      {differences.length > 0 ? (
        <Notice>
          Regions differ in {differences.map((name) => DIFFERENCES[name]).join(", ")}. It may be on its way.
        </Notice>
      ) : (
        <Notice kind="good">The same in every region that answers.</Notice>
      )}
      <section>
        <h3 className="unseen">In each region</h3>
        <div className="key-regions">
          {document.regions.map((region) => (
            <InRegion key={region.region} region={region} all={document} index={regions.indexOf(region.region)} />
          ))}
        </div>
      </section>
      {conflicts.length > 0 && (
        <section>
          <h3>Lost in conflicts, and kept</h3>
          <ul className="conflict-list">
            {conflicts.map((conflict) => (
              <ConflictItem
                key={JSON.stringify(conflict.part)}
                conflict={conflict}
                regions={regions}
                isKeyShown={false}
              />
            ))}
          </ul>
        </section>
      )}
      <section>
        <h3>What was done to it last</h3>
        {history.length === 0 ? (
          <p className="quiet">The logs have nothing on it any more: every region holds all of it.</p>
        ) : (
          <History history={history} regions={regions} />
        )}
        {!historyWhole && history.length > 0 && <p className="quiet">The logs go further back than what is shown.</p>}
      </section>
    </>
  );
}

function InRegion({ region, all, index }: { region: KeyRegion; all: KeyDocument; index: number }) {
  const { problem, type, value, size, ttlMs, bytes, encoding } = region;
  const usual = usualFingerprint(all);
  const isOdd = problem === null && usual !== undefined && region.fingerprint !== usual;
  return (
    <div className={isOdd ? "key-region odd" : "key-region"} style={hueOf(index)}>
      <h4>
        <RegionName name={region.region} index={index} />
        {isOdd && <span className="chip bad">differs</span>}
      </h4>
      {problem !== null ? (
        <Notice>{problem}</Notice>
      ) : (
        <>
          <Value type={type} value={value} size={size} />
          <Facts
            facts={[
              ["Type", type === null ? "none" : `${type}${encoding === null ? "" : `, as ${encoding}`}`],
              ["Size", sizeText(type, size, bytes)],
              ["Ends in", ttlMs === null ? "–" : ttlMs < 0 ? "never" : durationText(ttlMs)],
            ]}
          />
          {region.metadata !== null && region.metadata !== undefined && (
            <details>
              <summary>Metadata</summary>
              <pre tabIndex={0}>{JSON.stringify(region.metadata, null, 2)}</pre>
            </details>
          )}
        </>
      )}
    </div>
  );
}

/** That which most regions show; undefined: all show the same, or no two do. */
function usualFingerprint({ regions }: KeyDocument): string | undefined {
  const counts = new Map<string, number>();
  for (const { problem, fingerprint } of regions) {
    if (problem === null) counts.set(fingerprint, (counts.get(fingerprint) ?? 0) + 1);
  }
  if (counts.size < 2) return undefined;
  const [most] = [...counts].toSorted((a, b) => b[1] - a[1]);
  return most?.[0];
}

function sizeText(type: string | null, size: number | null, bytes: number | null): string {
  const own = size === null ? [] : [type === "string" ? bytesText(size) : `${compact(size)} elements`];
  return [...own, ...(bytes === null ? [] : [`${bytesText(bytes)} in memory`])].join(", ") || "–";
}

function History({ history, regions }: { history: readonly KeyOperation[]; regions: readonly string[] }) {
  return (
    <ol className="key-history">
      {history.map((operation, place) => (
        <li key={`${operation.origin} ${operation.stamp} ${place}`} style={hueOf(regions.indexOf(operation.region))}>
          <span className="quiet" title={`stamp ${operation.id} of ${operation.origin}`}>
            {clockText(operation.atMs)}
          </span>
          <RegionName name={operation.region} index={regions.indexOf(operation.region)} />
          <code>
            {operation.command.toUpperCase()} <Arguments all={operation.arguments} />
          </code>
          {operation.concurrentWith.length > 0 && <span className="chip kept">at once with another</span>}
        </li>
      ))}
    </ol>
  );
}

function Arguments({ all }: { all: readonly Bytes[] }) {
  return all.map((argument, place) => (
    <span key={`${place} ${JSON.stringify(argument)}`}>
      <BytesText bytes={argument} />{" "}
    </span>
  ));
}
