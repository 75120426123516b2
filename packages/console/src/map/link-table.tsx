/** Every direction of every link as text: the map in words, and what a screen reader and a phone have. */
import type { StatusDocument } from "@meridian/agent/api";
import { bytesText, compact, msText, rateText, savedText } from "../numbers.js";
import { Icon } from "../parts/icon.js";
import { RegionName, State } from "../parts/parts.js";
import { namesOf, stateWord } from "../verdict.js";
import { kindOf } from "./link-state.js";
import type { Selection } from "./selection.js";

export function LinkTable({ status, onSelect }: { status: StatusDocument; onSelect: (selection: Selection) => void }) {
  const names = namesOf(status);
  return (
    <section className="card" aria-labelledby="links-title">
      <h2 className="card-title" id="links-title">
        Links, one row a direction
      </h2>
      <div className="table-box">
        <table className="table links-table">
          <thead>
            <tr>
              <th>From, to</th>
              <th>State</th>
              <th className="number">Lag</th>
              <th className="number wide">Delay p50 / p99</th>
              <th className="number wide">Operations</th>
              <th className="number wide">Data</th>
              <th className="number wide">Saved by packing</th>
              <th className="number">Backlog</th>
            </tr>
          </thead>
          <tbody>
            {status.links.map((link) => (
              <tr key={`${link.from} ${link.to}`} className="opens">
                <td>
                  <button
                    type="button"
                    className="row-button direction"
                    onClick={() => onSelect({ kind: "link", a: link.from, b: link.to })}
                  >
                    <span className="unseen">Link from</span>
                    <RegionName name={link.from} index={names.indexOf(link.from)} />
                    <Icon name="arrow" size={14} />
                    <span className="unseen">to</span>
                    <RegionName name={link.to} index={names.indexOf(link.to)} />
                  </button>
                </td>
                <td>
                  <State kind={kindOf(link.state)}>{stateWord(link.state)}</State>
                </td>
                <td className="number">{msText(link.lagMs)}</td>
                <td className="number wide">
                  {link.delayMs === null ? "–" : `${Math.round(link.delayMs.p50)} / ${msText(link.delayMs.p99)}`}
                </td>
                <td className="number wide">{rateText(link.operationsPerSecond)}</td>
                <td className="number wide">{bytesText(link.bytesPerSecond)}/s</td>
                <td className="number wide">{savedText(link.wireBytesTotal, link.bytesTotal)}</td>
                <td className="number">{compact(link.backlogEntries)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
