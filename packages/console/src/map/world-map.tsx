/** The picture: regions where they are, links between them, what travels along. Each region and each link is a button. */
import type { LinkView, RegionState, StatusDocument } from "@meridian/agent/api";
import { useMemo, type CSSProperties } from "react";
import { msText, rateText } from "../numbers.js";
import { Icon } from "../parts/icon.js";
import { hueOf } from "../parts/parts.js";
import { namesOf, pairsOf, stateWord, type Pair } from "../verdict.js";
import { LandCanvas, TrafficCanvas, type DrawnLane } from "./canvas.js";
import { arcBetween, layoutOf, pointOn, type Arc, type Layout, type Size } from "./layout.js";
import { kindOf } from "./link-state.js";
import type { Selection } from "./selection.js";
import { dotWorth } from "./traffic.js";
import { useSize } from "./use-size.js";

interface DrawnPair extends Pair {
  arc: Arc;
}

export function WorldMap({ status, onSelect }: { status: StatusDocument; onSelect: (selection: Selection) => void }) {
  const [ref, size] = useSize<HTMLDivElement>();
  const names = namesOf(status);
  const layout = useLayout(names, size);
  const pairs = drawnPairs(status.links, layout);
  const lanes = lanesOf(pairs, names);
  const worth = dotWorth(lanes);
  return (
    <div className="map-box card">
      <div className="map" ref={ref}>
        <LandCanvas size={size} earthAt={layout.earthAt} />
        <svg className="map-canvas" aria-hidden="true">
          {pairs.map(({ a, b, arc, state }) => (
            <path key={`${a} ${b}`} className={`map-link ${kindOf(state)}`} d={pathOf(arc)} />
          ))}
        </svg>
        <TrafficCanvas size={size} lanes={lanes} />
        {pairs.map((pair) => (
          <LinkPill key={`${pair.a} ${pair.b}`} pair={pair} onSelect={onSelect} />
        ))}
        {names.map((name, index) => {
          const region = status.regions.find((known) => known.region === name);
          return (
            <RegionNode
              key={name}
              name={name}
              index={index}
              state={region?.state ?? "not-asked"}
              role={region?.activePassive?.role}
              layout={layout}
              width={size.width}
              onSelect={onSelect}
            />
          );
        })}
      </div>
      <p className="map-legend quiet">
        <span className="map-legend-dot" />
        {`A dot is ${worth === 1 ? "one operation" : `${worth} operations`} on the way, in the colour of the region that wrote.`}
      </p>
    </div>
  );
}

/** Worked out again only when there is another region, or another size. */
function useLayout(names: readonly string[], size: Size): Layout {
  const joined = names.join("\n");
  return useMemo(() => layoutOf(joined.split("\n"), size), [joined, size]);
}

function drawnPairs(links: readonly LinkView[], { nodes }: Layout): DrawnPair[] {
  return pairsOf(links).flatMap((pair) => {
    const [from, to] = [nodes.get(pair.a), nodes.get(pair.b)];
    if (from === undefined || to === undefined) return [];
    const others = [...nodes].flatMap(([name, point]) => (name === pair.a || name === pair.b ? [] : [point]));
    return [{ ...pair, arc: arcBetween(from, to, others) }];
  });
}

function lanesOf(pairs: readonly DrawnPair[], names: readonly string[]): DrawnLane[] {
  return pairs.flatMap(({ a, arc, links }) =>
    links
      .filter(({ state }) => state === "up")
      .map((link) => ({
        id: `${link.from} ${link.to}`,
        operationsPerSecond: link.operationsPerSecond,
        delayMs: (link.roundTripMs ?? link.emulated?.rttMs ?? 80) / 2,
        arc: link.from === a ? arc : { from: arc.to, bend: arc.bend, to: arc.from },
        hue: `--region-${Math.max(0, names.indexOf(link.from)) % 8}`,
      })),
  );
}

function pathOf({ from, bend, to }: Arc): string {
  return `M${from.x},${from.y} Q${bend.x},${bend.y} ${to.x},${to.y}`;
}

function LinkPill({ pair, onSelect }: { pair: DrawnPair; onSelect: (selection: Selection) => void }) {
  const { a, b, arc, state, links } = pair;
  const { x, y } = pointOn(arc, 0.5);
  const lags = links.flatMap(({ lagMs }) => (lagMs === null ? [] : [lagMs]));
  const lag = msText(lags.length === 0 ? null : Math.max(...lags));
  const rate = links.reduce((sum, { operationsPerSecond }) => sum + operationsPerSecond, 0);
  const kind = kindOf(state);
  return (
    <button
      type="button"
      className={`map-pill ${kind}`}
      style={{ left: x, top: y }}
      onClick={() => onSelect({ kind: "link", a, b })}
    >
      <span className="unseen">{`Link ${a} – ${b}:${state === "up" ? " lag" : ""} `}</span>
      {state === "up" ? (
        <>
          {lag}
          <span className="map-pill-rate">{rateText(rate)}</span>
        </>
      ) : (
        <>
          <Icon name="cut" size={14} />
          {stateWord(state)}
        </>
      )}
    </button>
  );
}

interface RegionNodeProps {
  name: string;
  index: number;
  /** `not-asked`: only its links are known here. */
  state: RegionState | "not-asked";
  /** Where one region takes the writes: its part. */
  role: "primary" | "replica" | undefined;
  layout: Layout;
  width: number;
  onSelect: (selection: Selection) => void;
}

const ROLE_WORDS = { primary: "takes the writes", replica: "follows" } as const;
const REGION_WORDS = {
  up: "up",
  "server-down": "server down",
  "agent-down": "agent down",
  "not-asked": "not asked",
} as const;

/** Of a name below a region, about, in pixels. */
const LETTER = 8;

function RegionNode({ name, index, state, role, layout, width, onSelect }: RegionNodeProps) {
  const point = layout.nodes.get(name);
  if (point === undefined) return null;
  // Near an edge the name moves inwards, the region stays where it is.
  const half = (name.length * LETTER + 22) / 2;
  const shift = Math.min(Math.max(point.x, half), Math.max(half, width - half)) - point.x;
  return (
    <button
      type="button"
      className={`map-node ${state}`}
      disabled={state === "not-asked"}
      style={{ ...hueOf(index), "--shift": `${shift}px`, left: point.x, top: point.y } as CSSProperties}
      onClick={() => onSelect({ kind: "region", region: name })}
    >
      <span className="map-node-dot" />
      <span className="map-node-name">
        <span className="unseen">Region </span>
        {name}
        {role !== undefined && <span className="map-node-role">{ROLE_WORDS[role]}</span>}
        {state === "up" ? (
          <span className="unseen">: up</span>
        ) : (
          <span className="map-node-state">{REGION_WORDS[state]}</span>
        )}
      </span>
    </button>
  );
}
