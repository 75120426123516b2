/** Whether regions hold the same now, by the digests of parts of their keys. */
import type { Convergence } from "@meridian/agent/api";
import { compact, clockText } from "../numbers.js";
import { Icon } from "../parts/icon.js";
import { RegionName } from "../parts/parts.js";

type Kind = "good" | "moving" | "bad" | "unknown";

const TITLES: Readonly<Record<Kind, string>> = {
  good: "All regions hold the same",
  moving: "All regions hold the same, but for what is on its way",
  bad: "Regions differ",
  unknown: "Nothing to compare: fewer than two regions answer",
};

/** What differs while regions write is on its way; it differs for good only where nobody wrote meanwhile. */
function kindOf({ same, quiet }: Convergence): Kind {
  if (same === null) return "unknown";
  return same ? "good" : quiet === true ? "bad" : "moving";
}

function textOf(kind: Kind, { buckets, differing }: Convergence): string {
  switch (kind) {
    case "good":
      return `The digests of ${compact(buckets)} parts are equal.`;
    case "moving":
      return `${compact(differing)} of ${compact(buckets)} parts were being written while their digests were compared.`;
    case "bad":
      return `${compact(differing)} of ${compact(buckets)} parts differ, and nothing is on its way. meridian verify names the keys, and repairs them.`;
    case "unknown":
      return "Start a server, or mend a link.";
  }
}

export function ConvergenceCard({ convergence, regions }: { convergence: Convergence; regions: readonly string[] }) {
  const kind = kindOf(convergence);
  return (
    <section className={`card convergence ${kind}`} aria-labelledby="convergence-title">
      <Icon name={kind === "good" || kind === "moving" ? "check" : "alert"} size={30} />
      <div>
        <h2 id="convergence-title">{TITLES[kind]}</h2>
        <p className="quiet">
          {textOf(kind, convergence)} Compared at {clockText(convergence.checkedAtMs).slice(0, 8)}.
        </p>
      </div>
      <ul className="convergence-regions">
        {convergence.regions.map(({ region, keys, problem }) => (
          <li key={region}>
            <RegionName name={region} index={regions.indexOf(region)} />
            <span className={problem === null ? "quiet" : "reply error"}>
              {problem ?? `${keys === null ? "?" : compact(keys)} keys`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
