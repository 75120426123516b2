/** The keys of a region by prefix and type, page by page, and each of them in all regions. */
import type { KeyRow } from "@meridian/agent/api";
import { useState, type FormEvent } from "react";
import { useKeys, type KeysWanted } from "../api/keys.js";
import { useStatus } from "../api/status.js";
import { base64OfText } from "../bytes.js";
import { limits } from "../limits.js";
import { bytesText, compact, durationText } from "../numbers.js";
import { Icon } from "../parts/icon.js";
import { Empty, Notice } from "../parts/parts.js";
import { BytesText } from "../parts/value.js";
import { KeyPanel } from "./key-panel.js";
import "./keys.css";

export default function KeysView() {
  const { status } = useStatus();
  const names = status?.regions.map(({ region }) => region) ?? [];
  const [wanted, setWanted] = useState<KeysWanted>();
  const [chosen, setChosen] = useState<string>();
  const [first] = names;
  const asked = wanted ?? (first === undefined ? undefined : { region: first });
  return (
    <>
      <div className="view-head">
        <div>
          <h1>Keys</h1>
          <p>Browse a region, then see a key in all of them side by side.</p>
        </div>
      </div>
      {first !== undefined && (
        <>
          <Search names={names} onSearch={setWanted} onOpen={setChosen} />
          <Found key={JSON.stringify(asked)} wanted={asked} chosen={chosen} onChoose={setChosen} />
        </>
      )}
      {chosen !== undefined && (
        <KeyPanel key={chosen} keyBase64={chosen} regions={names} onClose={() => setChosen(undefined)} />
      )}
    </>
  );
}

const TYPES = ["string", "hash", "set", "zset", "list", "stream"] as const;

interface SearchProps {
  names: readonly string[];
  onSearch: (wanted: KeysWanted) => void;
  onOpen: (keyBase64: string) => void;
}

function Search({ names, onSearch, onOpen }: SearchProps) {
  const [region, setRegion] = useState(names[0] ?? "");
  const [prefix, setPrefix] = useState("");
  const [type, setType] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSearch({
      region,
      ...(prefix === "" ? {} : { prefixBase64: base64OfText(prefix) }),
      ...(type === "" ? {} : { type }),
    });
  };
  return (
    <form className="keys-search" onSubmit={submit}>
      <label>
        Begins with
        <input
          value={prefix}
          placeholder="any key"
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          onChange={(event) => setPrefix(event.target.value)}
        />
      </label>
      <label>
        Type
        <select value={type} onChange={(event) => setType(event.target.value)}>
          <option value="">any</option>
          {TYPES.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label>
        Region
        <select value={region} onChange={(event) => setRegion(event.target.value)}>
          {names.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <button type="submit" className="button primary">
        <Icon name="search" size={16} /> Search
      </button>
      {prefix !== "" && (
        <button type="button" className="button" onClick={() => onOpen(base64OfText(prefix))}>
          Open this very key
        </button>
      )}
    </form>
  );
}

interface FoundProps {
  wanted: KeysWanted | undefined;
  chosen: string | undefined;
  onChoose: (keyBase64: string) => void;
}

function Found({ wanted, chosen, onChoose }: FoundProps) {
  const { data, error, hasNextPage, isFetching, fetchNextPage } = useKeys(wanted);
  const rows = data?.pages.flatMap(({ keys }) => keys) ?? [];
  const total = data?.pages.at(-1)?.keysTotal ?? 0;
  const isFull = rows.length >= limits.keysShownMax;
  const isNarrow = wanted?.prefixBase64 !== undefined || wanted?.type !== undefined;
  if (error !== null) return <Notice kind="bad">{error.message}</Notice>;
  return (
    <section className="card" aria-label="Keys found">
      {rows.length > 0 && <KeyTable rows={rows} chosen={chosen} onChoose={onChoose} />}
      {rows.length === 0 && !isFetching && (
        <Empty icon="key" title={isNarrow ? "None found so far" : "No keys yet"}>
          {isNarrow
            ? hasNextPage
              ? `Not among those that were looked at; ${compact(total)} keys are in this region. Look further, or take a shorter prefix.`
              : "Take a shorter prefix, or another type."
            : "Write one in the playground, or with any Redis client, and it is here, in every region."}
        </Empty>
      )}
      <footer className="keys-foot quiet">
        <span role="status">
          {isFetching ? "Looking…" : `${compact(rows.length)} shown, ${compact(total)} keys in ${wanted?.region ?? ""}`}
        </span>
        {hasNextPage && !isFull && (
          <button type="button" className="button small" disabled={isFetching} onClick={() => void fetchNextPage()}>
            {rows.length === 0 ? "Look further" : "More"}
          </button>
        )}
        {isFull && hasNextPage && <span>A longer prefix finds the rest.</span>}
      </footer>
    </section>
  );
}

interface KeyTableProps {
  rows: readonly KeyRow[];
  chosen: string | undefined;
  onChoose: (keyBase64: string) => void;
}

function KeyTable({ rows, chosen, onChoose }: KeyTableProps) {
  return (
    <div className="table-box">
      <table className="table keys-table">
        <thead>
          <tr>
            <th>Key</th>
            <th>Type</th>
            <th className="number">Ends in</th>
            <th className="number">Size in memory</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ keyBase64, key, type, ttlMs, bytes }) => (
            <tr key={keyBase64} className={keyBase64 === chosen ? "opens chosen" : "opens"}>
              <td className="keys-name">
                <button type="button" className="row-button" onClick={() => onChoose(keyBase64)}>
                  <code>
                    <BytesText bytes={key} isPlain />
                  </code>
                </button>
              </td>
              <td>
                <span className="chip">{type}</span>
              </td>
              <td className="number">{ttlMs < 0 ? "never" : durationText(ttlMs)}</td>
              <td className="number">{bytes === null ? "–" : bytesText(bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
