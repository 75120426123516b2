/** Whether regions hold the same now, by the digests of parts of their keys. */
import type { Convergence } from "@meridian/agent/api";
import { compact, clockText } from "../numbers.js";
import { Icon } from "../parts/icon.js";
import { RegionName } from "../parts/parts.js";

const TITLES = {
  true: "All regions hold the same",
  false: "Regions differ",
  null: "Nothing to compare: fewer than two regions answer",
} as const;

export function ConvergenceCard({ convergence, regions }: { convergence: Convergence; regions: readonly string[] }) {
  const { same, buckets, differing, checkedAtMs } = convergence;
  const kind = same === true ? "good" : same === false ? "warn" : "unknown";
  return (
    <section className={`card convergence ${kind}`} aria-labelledby="convergence-title">
      <Icon name={same === true ? "check" : "alert"} size={30} />
      <div>
        <h2 id="convergence-title">{TITLES[`${same}`]}</h2>
        <p className="quiet">
          {same === false
            ? `${compact(differing)} of ${compact(buckets)} parts are not the same yet. While regions write, what is on its way differs.`
            : same === true
              ? `The digests of ${compact(buckets)} parts are equal.`
              : "Start a server, or mend a link."}{" "}
          Compared at {clockText(checkedAtMs).slice(0, 8)}.
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
