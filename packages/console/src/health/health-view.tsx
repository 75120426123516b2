/** What an operator watches: agreement, lag, logs, memory, clocks, and what is wrong. */
import type { HealthAlarm, HealthDocument, LagSeries, RegionHealth } from "@meridian/agent/api";
import { useState } from "react";
import { useHealth } from "../api/health.js";
import { useStatus } from "../api/status.js";
import { msText } from "../numbers.js";
import { Icon } from "../parts/icon.js";
import { Empty, Notice, RegionName } from "../parts/parts.js";
import { ConvergenceCard } from "./convergence.js";
import { LagChart } from "./lag-chart.js";
import { latestOf, worstOf, type LagKind } from "./lag-data.js";
import { RegionsTable } from "./regions-table.js";
import "./health.css";

export default function HealthView() {
  const { data, error } = useHealth();
  const { status } = useStatus();
  const joined = status?.regions.map(({ region }) => region).join("\n") ?? "";
  return (
    <>
      <div className="view-head">
        <div>
          <h1>Health</h1>
          <p>Whether regions agree, how far behind they are, and what wants looking at.</p>
        </div>
      </div>
      {error !== null && <Notice kind="bad">{error.message}</Notice>}
      {data === undefined
        ? error === null && <p className="quiet">Comparing regions…</p>
        : joined !== "" && <Healthy health={data} joined={joined} />}
    </>
  );
}

function Healthy({ health, joined }: { health: HealthDocument; joined: string }) {
  // The same list as long as it holds the same: the chart is not made anew each second.
  const [regions, setRegions] = useState(() => joined.split("\n"));
  if (regions.join("\n") !== joined) setRegions(joined.split("\n"));
  return (
    <>
      {health.convergence === null ? (
        <p className="quiet">Comparing regions…</p>
      ) : (
        <ConvergenceCard convergence={health.convergence} regions={regions} />
      )}
      <Lag series={health.lag} regions={regions} />
      <RegionsTable health={health.regions} regions={regions} />
      <Alarms alarms={health.alarms} health={health.regions} regions={regions} />
    </>
  );
}

const KINDS: readonly { kind: LagKind; name: string; says: string }[] = [
  { kind: "p99Ms", name: "Delay p99", says: "from a write to its place in the other region: 99 of 100 take less" },
  { kind: "p50Ms", name: "Delay p50", says: "from a write to its place in the other region: half take less" },
  { kind: "lagMs", name: "Lag", says: "how long the oldest write that is not there yet has been waiting" },
];

function Lag({ series, regions }: { series: readonly LagSeries[]; regions: readonly string[] }) {
  const [kind, setKind] = useState<LagKind>("p99Ms");
  const says = KINDS.find((known) => known.kind === kind)?.says ?? "";
  const isKnown = series.some((one) => latestOf(one, kind) !== null);
  return (
    <section className="card lag" aria-labelledby="lag-title">
      <header className="lag-head">
        <div>
          <h2 id="lag-title">Lag over time</h2>
          <p className="quiet">{says}</p>
        </div>
        <div className="segments" role="group" aria-label="What is shown">
          {KINDS.map((known) => (
            <button
              key={known.kind}
              type="button"
              aria-pressed={known.kind === kind}
              onClick={() => setKind(known.kind)}
            >
              {known.name}
            </button>
          ))}
        </div>
      </header>
      {isKnown ? (
        <>
          <LagChart series={series} kind={kind} regions={regions} />
          <ul className="lag-lines">
            {series.map((one) => (
              <li key={`${one.from} ${one.to}`}>
                <RegionName name={one.from} index={regions.indexOf(one.from)} />
                <Icon name="arrow" size={13} />
                <span>{one.to}</span>
                <span className="quiet">
                  {msText(latestOf(one, kind))}, worst {msText(worstOf(one, kind))}
                </span>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <Empty icon="health" title="Nothing measured yet">
          Delays are measured on writes. Write something, in the playground or with a client, and lines are drawn here.
        </Empty>
      )}
    </section>
  );
}

interface AlarmsProps {
  alarms: readonly HealthAlarm[];
  health: readonly RegionHealth[];
  regions: readonly string[];
}

function Alarms({ alarms, health, regions }: AlarmsProps) {
  const findings = health.flatMap(({ region, findings: own }) => own.map((finding) => ({ region, ...finding })));
  const newest = alarms.toSorted((a, b) => b.atMs - a.atMs);
  return (
    <section className="card" aria-labelledby="alarms-title">
      <h2 className="card-title" id="alarms-title">
        Alarms and findings
      </h2>
      {newest.length + findings.length === 0 ? (
        <Empty icon="check" title="Nothing wants looking at">
          Alarms and what the doctor finds in the servers show here, each with the page that says what to do.
        </Empty>
      ) : (
        <ul className="alarms">
          {findings.map(({ region, code, severity, message }) => (
            <li key={`${region} ${code}`} className={severity === "error" ? "bad" : "warn"}>
              <RegionName name={region} index={regions.indexOf(region)} />
              <code>{code}</code>
              <p>{message}</p>
            </li>
          ))}
          {newest.map(({ region, code, message, atMs, count, runbook }) => (
            <li key={`${region} ${code} ${message}`} className="warn">
              <RegionName name={region} index={regions.indexOf(region)} />
              <code>{code}</code>
              <span className="quiet">
                {new Date(atMs).toLocaleTimeString()}
                {count > 1 && `, ${count} times`}
              </span>
              <p>{message}</p>
              <p className="quiet">
                What to do: <code>{runbook}</code>
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
