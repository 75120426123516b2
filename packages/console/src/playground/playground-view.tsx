/** Write in any region, see every region, and be told what became of writes that met. */
import type { StatusDocument, Story } from "@meridian/agent/api";
import { useCallback, useState } from "react";
import { useConsole, useLinksChange } from "../api/console.js";
import { useStatus } from "../api/status.js";
import { useWatch } from "../api/watch.js";
import { base64OfText } from "../bytes.js";
import { Icon } from "../parts/icon.js";
import { Empty, Notice, RegionName } from "../parts/parts.js";
import { Column } from "./column.js";
import { Guide } from "./guide.js";
import { playground, usePlayground } from "./store.js";
import { StoryCard } from "./story-card.js";
import { Watched } from "./watched.js";
import "./playground.css";

export default function PlaygroundView() {
  const { status } = useStatus();
  const { console: known, actions } = useConsole();
  const names = status?.regions.map(({ region }) => region) ?? [];
  const cut = status === undefined ? [] : cutRegions(status);
  return (
    <>
      <div className="view-head">
        <div>
          <h1>Playground</h1>
          <p>A command line in every region. Write on both sides of a cut, mend it, and read what became of it.</p>
        </div>
        {actions.links && <CutButtons regions={names} cut={cut} />}
      </div>
      {known?.signedIn === true && !actions.commands && (
        <Notice>
          Here commands only read. In a real deployment writing has to be allowed:{" "}
          <code>admin.console.actions: true</code>.
        </Notice>
      )}
      {actions.links && actions.commands && names.length > 1 && <Guide regions={names} isCut={cut.length > 0} />}
      {status !== undefined && <Playing status={status} names={names} cut={cut} />}
    </>
  );
}

function Playing({ status, names, cut }: { status: StatusDocument; names: readonly string[]; cut: readonly string[] }) {
  const { watchedKey, stories } = usePlayground();
  const onStory = useCallback((story: Story) => playground.tell(story), []);
  const watching = useWatch(watchedKey === undefined ? undefined : base64OfText(watchedKey), onStory);
  const [shown, setShown] = useState(0);
  return (
    <>
      <Watched watchedKey={watchedKey} watching={watching} regions={names} />
      <section className="stories" aria-labelledby="stories-title">
        <h2 id="stories-title" className="unseen">
          Stories
        </h2>
        {stories.length === 0 ? (
          <div className="card">
            <Empty icon="conflicts" title="No conflict yet">
              When two regions write the same key without having seen each other, this tells who wrote what, what shows,
              and why.
            </Empty>
          </div>
        ) : (
          stories.map((story) => <StoryCard key={`${story.keyBase64} ${story.atMs}`} story={story} regions={names} />)
        )}
      </section>
      <div className="column-choice" role="group" aria-label="Command line of">
        {names.map((name, index) => (
          <button key={name} type="button" aria-pressed={index === shown} onClick={() => setShown(index)}>
            <RegionName name={name} index={index} />
          </button>
        ))}
      </div>
      <div className="columns">
        {status.regions.map(({ region, state, gateway }, index) => (
          <div key={region} className={index === shown ? "column-place shown-now" : "column-place"}>
            <Column
              region={region}
              index={index}
              address={gateway === null ? undefined : `${gateway.host}:${gateway.port}`}
              isDown={state !== "up"}
              isCut={cut.includes(region)}
              disabled={false}
            />
          </div>
        ))}
      </div>
    </>
  );
}

/** Regions none of whose links is mended. */
function cutRegions({ regions, links }: StatusDocument): string[] {
  return regions
    .map(({ region }) => region)
    .filter((name) => {
      const own = links.filter(({ from, to }) => from === name || to === name);
      return own.length > 0 && own.every(({ emulated }) => emulated?.up === false);
    });
}

function CutButtons({ regions, cut }: { regions: readonly string[]; cut: readonly string[] }) {
  const links = useLinksChange();
  return (
    <div className="actions">
      {cut.length > 0 ? (
        <button
          type="button"
          className="button primary"
          disabled={links.isPending}
          onClick={() => links.mutate({ up: true })}
        >
          <Icon name="link" size={16} /> Mend all links
        </button>
      ) : (
        regions.map((region) => (
          <button
            key={region}
            type="button"
            className="button danger"
            disabled={links.isPending}
            onClick={() => links.mutate({ up: false, a: region })}
          >
            <Icon name="cut" size={16} /> Cut off {region}
          </button>
        ))
      )}
      {links.error !== null && <Notice kind="bad">{links.error.message}</Notice>}
    </div>
  );
}
