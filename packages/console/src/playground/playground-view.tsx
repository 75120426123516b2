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
  // Where one region takes the writes nothing is written at once.
  const isActive = status?.regions.every(({ activePassive }) => activePassive === undefined) ?? false;
  return (
    <>
      <div className="view-head">
        <div>
          <h1>Playground</h1>
          <p>What happens when two regions write the same key at once? See it, and be told why.</p>
        </div>
        {actions.links && cut.length > 0 && <Mend />}
      </div>
      {known?.signedIn === true && !actions.commands && (
        <Notice>
          Here commands only read. In a real deployment writing has to be allowed:{" "}
          <code>admin.console.actions: true</code>.
        </Notice>
      )}
      {status !== undefined && (
        <div className="playground">
          {actions.links && actions.commands && names.length > 1 && isActive && (
            <Guide regions={names} isCut={cut.length > 0} />
          )}
          <Playing status={status} names={names} cut={cut} />
        </div>
      )}
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
      <Watched watchedKey={watchedKey} watching={watching} regions={names} cut={cut} />
      <section className="stories" aria-labelledby="stories-title">
        <h2 id="stories-title" className="unseen">
          What became of writes that met
        </h2>
        <Stories stories={stories} regions={names} />
      </section>
      <div className="lines">
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
                address={gateway === null ? undefined : addressOf(gateway)}
                isDown={state !== "up"}
                isCut={cut.includes(region)}
                disabled={false}
              />
            </div>
          ))}
        </div>
      </div>
    </>
  );
}

function Stories({ stories, regions }: { stories: readonly Story[]; regions: readonly string[] }) {
  if (stories.length > 0) {
    return stories.map((story) => (
      <StoryCard key={`${story.keyBase64} ${story.atMs}`} story={story} regions={regions} />
    ));
  }
  return (
    <div className="card">
      <Empty icon="conflicts" title="No conflict yet">
        When two regions write the same key without having seen each other, this tells who wrote what, what shows, and
        why.
      </Empty>
    </div>
  );
}

/** On this machine the port says it all. */
function addressOf({ host, port }: { host: string; port: number }): string {
  return host === "127.0.0.1" ? `:${port}` : `${host}:${port}`;
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

function Mend() {
  const links = useLinksChange();
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
