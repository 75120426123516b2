/** The small parts of every view: a state, a region's name, what is said where there is nothing, a notice. */
import type { CSSProperties, ReactNode } from "react";
import { Icon, type IconName } from "./icon.js";
import "./parts.css";

export type StateKind = "good" | "warn" | "bad" | "unknown";

export function State({ kind, children }: { kind: StateKind; children: ReactNode }) {
  return <span className={`state ${kind}`}>{children}</span>;
}

const HUES = 8;

/** The colour of the region with this number, as the variable that the styles use. */
export function hueOf(index: number): CSSProperties {
  return { "--hue": `var(--region-${(index < 0 ? 0 : index) % HUES})` } as CSSProperties;
}

export function RegionName({ name, index }: { name: string; index: number }) {
  return (
    <span className="region-name" style={hueOf(index)}>
      {name}
    </span>
  );
}

/** Never an empty box: what would be here, and how it comes to be. */
export function Empty({ icon, title, children }: { icon: IconName; title: string; children: ReactNode }) {
  return (
    <div className="empty">
      <Icon name={icon} size={28} />
      <h2>{title}</h2>
      <p>{children}</p>
    </div>
  );
}

export function Notice({ kind = "warn", children }: { kind?: "good" | "warn" | "bad"; children: ReactNode }) {
  return (
    <div className={`notice ${kind}`} role={kind === "bad" ? "alert" : "status"}>
      <Icon name={kind === "good" ? "check" : "alert"} size={16} />
      <div>{children}</div>
    </div>
  );
}

export function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <Fact key={name} name={name} value={value} />
      ))}
    </dl>
  );
}

function Fact({ name, value }: { name: string; value: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}
