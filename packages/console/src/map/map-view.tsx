/** Where regions are and how they are linked, live. */
import { useState } from "react";
import { useConsole, useLinksChange } from "../api/console.js";
import { useStatus } from "../api/status.js";
import { Icon } from "../parts/icon.js";
import { Notice } from "../parts/parts.js";
import { LinkPanel } from "./link-panel.js";
import { LinkTable } from "./link-table.js";
import { RegionPanel } from "./region-panel.js";
import type { Selection } from "./selection.js";
import { WorldMap } from "./world-map.js";
import "./map.css";

export function MapView() {
  const { status } = useStatus();
  const [selection, setSelection] = useState<Selection>();
  const close = (): void => setSelection(undefined);
  return (
    <>
      <div className="view-head">
        <div>
          <h1>Map</h1>
          <p>Every region takes writes; links carry them to the others. Choose a region or a link for more.</p>
        </div>
        <MendAll isCut={status?.links.some(({ emulated }) => emulated?.up === false) ?? false} />
      </div>
      {status !== undefined && (
        <>
          <WorldMap status={status} onSelect={setSelection} />
          <LinkTable status={status} onSelect={setSelection} />
          {selection?.kind === "link" && (
            <LinkPanel key={`${selection.a} ${selection.b}`} status={status} {...selection} onClose={close} />
          )}
          {selection?.kind === "region" && (
            <RegionPanel key={selection.region} status={status} name={selection.region} onClose={close} />
          )}
        </>
      )}
    </>
  );
}

function MendAll({ isCut }: { isCut: boolean }) {
  const { actions } = useConsole();
  const links = useLinksChange();
  if (!actions.links || !isCut) return null;
  return (
    <div className="actions">
      <button
        type="button"
        className="button primary"
        disabled={links.isPending}
        onClick={() => links.mutate({ up: true })}
      >
        <Icon name="link" size={16} /> Mend all links
      </button>
      {links.error !== null && <Notice kind="bad">{links.error.message}</Notice>}
    </div>
  );
}
