/** Memory, load, logs and clocks of each region. */
import type { LogsView, RegionHealth } from "@meridian/agent/api";
import { bytesText, compact, msText, rateText } from "../numbers.js";
import { RegionName } from "../parts/parts.js";

export function RegionsTable({ health, regions }: { health: readonly RegionHealth[]; regions: readonly string[] }) {
  return (
    <section className="card" aria-labelledby="regions-title">
      <h2 className="card-title" id="regions-title">
        Servers, logs and clocks
      </h2>
      <div className="health-regions">
        {health.map((region) => (
          <Region key={region.region} region={region} index={regions.indexOf(region.region)} />
        ))}
      </div>
    </section>
  );
}

function Region({ region, index }: { region: RegionHealth; index: number }) {
  const { memory, keys, commandsPerSecond, logs, clockSkewMs, problem } = region;
  return (
    <article className="health-region">
      <h3>
        <RegionName name={region.region} index={index} />
      </h3>
      {problem !== null && <p className="reply error">{problem}</p>}
      <dl className="facts">
        <dt>Keys</dt>
        <dd>{keys === null ? "–" : compact(keys)}</dd>
        <dt>Commands</dt>
        <dd>{commandsPerSecond === null ? "–" : rateText(commandsPerSecond)}</dd>
        <dt>Memory</dt>
        <dd>
          {memory === null ? "–" : memoryText(memory)}
          {memory !== null && memory.maxBytes !== null && (
            <Meter label="Memory" value={memory.usedBytes} max={memory.maxBytes} />
          )}
        </dd>
        <dt>Logs</dt>
        <dd>
          {logs === null || logs.bytes === null ? "–" : `${bytesText(logs.bytes)} of ${bytesText(logs.bytesMax)}`}
          {logs !== null && logs.bytes !== null && <Meter label="Logs" value={logs.bytes} max={logs.bytesMax} />}
        </dd>
        <dt>Kept for</dt>
        <dd>{logs === null ? "–" : keptText(logs)}</dd>
        <dt>Clocks</dt>
        <dd>{skewText(clockSkewMs)}</dd>
      </dl>
    </article>
  );
}

function memoryText({ usedBytes, maxBytes, peakBytes }: NonNullable<RegionHealth["memory"]>): string {
  return maxBytes === null
    ? `${bytesText(usedBytes)}, at most ${bytesText(peakBytes)} so far`
    : `${bytesText(usedBytes)} of ${bytesText(maxBytes)}`;
}

/** Who holds the logs up: everything in them is kept until those have it durably. */
function keptText({ keptFor, fallen }: LogsView): string {
  const kept = keptFor.length === 0 ? "nobody: all have it" : keptFor.join(", ");
  return fallen.length === 0 ? kept : `${kept}; no longer for ${fallen.join(", ")}`;
}

function skewText(skews: Record<string, number>): string {
  const all = Object.entries(skews);
  if (all.length === 0) return "–";
  const [region = "", skewMs = 0] = all.toSorted((a, b) => Math.abs(b[1]) - Math.abs(a[1]))[0] ?? [];
  const ms = Math.round(Math.abs(skewMs));
  return ms === 0 ? "in step" : `${region} ${msText(ms)} ${skewMs > 0 ? "ahead" : "behind"}`;
}

const HIGH = 0.85;

function Meter({ label, value, max }: { label: string; value: number; max: number }) {
  const share = max === 0 ? 0 : Math.min(1, value / max);
  return (
    <span
      className={share > HIGH ? "meter high" : "meter"}
      role="meter"
      aria-label={label}
      aria-valuenow={Math.round(share * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuetext={`${Math.round(share * 100)} %`}
    >
      <span style={{ width: `${share * 100}%` }} />
    </span>
  );
}
