/** One link, both directions: what is known about it, and what may be done to it. */
import type { LinkEmulation, LinkView, StatusDocument } from "@meridian/agent/api";
import { useState } from "react";
import { useConsole, useLinksChange } from "../api/console.js";
import { bytesText, compact, msText, rateText, savedText } from "../numbers.js";
import { Icon } from "../parts/icon.js";
import { Panel } from "../parts/panel.js";
import { Facts, Notice, RegionName, State } from "../parts/parts.js";
import { Range } from "../parts/range.js";
import { namesOf, stateWord } from "../verdict.js";
import { kindOf } from "./link-state.js";

interface LinkPanelProps {
  status: StatusDocument;
  a: string;
  b: string;
  onClose: () => void;
}

export function LinkPanel({ status, a, b, onClose }: LinkPanelProps) {
  const { actions } = useConsole();
  const names = namesOf(status);
  const directions = status.links.filter(({ from, to }) => (from === a && to === b) || (from === b && to === a));
  const [first] = directions;
  const title = (
    <span className="direction">
      <RegionName name={a} index={names.indexOf(a)} />
      <span aria-label="and">–</span>
      <RegionName name={b} index={names.indexOf(b)} />
    </span>
  );
  const subtitle = `Round trip ${msText(first?.roundTripMs ?? null)}`;
  return (
    <Panel title={title} subtitle={subtitle} onClose={onClose}>
      {actions.links && <LinkActions a={a} b={b} emulated={first?.emulated ?? null} />}
      {directions.map((link) => (
        <Direction key={link.from} link={link} atMs={status.atMs} />
      ))}
    </Panel>
  );
}

function Direction({ link, atMs }: { link: LinkView; atMs: number }) {
  const since = link.sinceMs === null ? "" : ` for ${msText(Math.max(0, atMs - link.sinceMs))}`;
  return (
    <section>
      <h3>
        {link.from} <span aria-label="to">→</span> {link.to}
      </h3>
      {link.lastError !== null && link.state !== "up" && <Notice kind="bad">{link.lastError}</Notice>}
      <Facts
        facts={[
          [
            "State",
            <State key="state" kind={kindOf(link.state)}>
              {stateWord(link.state)}
              {since}
            </State>,
          ],
          ["Lag", msText(link.lagMs)],
          [
            "Delay p50 / p99",
            link.delayMs === null ? "–" : `${msText(link.delayMs.p50)} / ${msText(link.delayMs.p99)}`,
          ],
          ["Operations", `${rateText(link.operationsPerSecond)}, ${compact(link.operationsTotal)} in all`],
          ["Data", `${bytesText(link.bytesPerSecond)}/s, ${bytesText(link.bytesTotal)} in all`],
          ["Saved by packing", savedText(link.wireBytesTotal, link.bytesTotal)],
          ["Backlog", `${compact(link.backlogEntries)} entries`],
          ["May use", link.bandwidth ?? "all there is"],
          ["Clock of the sender", skewText(link.clockSkewMs)],
        ]}
      />
    </section>
  );
}

function skewText(skewMs: number | null): string {
  if (skewMs === null) return "–";
  const ms = Math.round(skewMs);
  return ms === 0 ? "the same" : `${msText(Math.abs(ms))} ${ms > 0 ? "ahead" : "behind"}`;
}

type Emulated = (NonNullable<LinkView["emulated"]> & Partial<LinkEmulation>) | null;

function LinkActions({ a, b, emulated }: { a: string; b: string; emulated: Emulated }) {
  const change = useLinksChange();
  const isUp = emulated?.up ?? true;
  return (
    <section aria-label="What this link does">
      <div className="actions">
        {isUp ? (
          <button
            type="button"
            className="button danger"
            disabled={change.isPending}
            onClick={() => change.mutate({ up: false, a, b })}
          >
            <Icon name="cut" size={16} /> Cut this link
          </button>
        ) : (
          <button
            type="button"
            className="button primary"
            disabled={change.isPending}
            onClick={() => change.mutate({ up: true, a, b })}
          >
            <Icon name="link" size={16} /> Mend this link
          </button>
        )}
      </div>
      <Weather a={a} b={b} emulated={emulated} onChange={(wanted) => change.mutate({ a, b, ...wanted })} />
      {change.error !== null && <Notice kind="bad">{change.error.message}</Notice>}
    </section>
  );
}

interface WeatherProps {
  a: string;
  b: string;
  emulated: Emulated;
  onChange: (wanted: { delayMs: number; lossPercent: number }) => void;
}

/** Delay and loss of the emulated WAN. Sent when the slider is let go. */
function Weather({ emulated, onChange }: WeatherProps) {
  const [delayMs, setDelayMs] = useState(emulated?.delayMs ?? 0);
  const [lossPercent, setLossPercent] = useState(emulated?.lossPercent ?? 0);
  return (
    <>
      <Range
        label="Added to the round trip"
        value={delayMs}
        max={1_000}
        step={20}
        text={msText(delayMs)}
        onValue={setDelayMs}
        onEnd={(value) => onChange({ delayMs: value, lossPercent })}
      />
      <Range
        label="Lost and sent again"
        value={lossPercent}
        max={30}
        step={1}
        text={`${lossPercent} %`}
        onValue={setLossPercent}
        onEnd={(value) => onChange({ delayMs, lossPercent: value })}
      />
    </>
  );
}
