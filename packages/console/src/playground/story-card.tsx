/** A conflict told: who wrote what and when, what of it shows, what is kept, and why. */
import type { Bytes, Story, StoryRule, StoryWrite } from "@meridian/agent/api";
import { bytesOfBase64, shownText } from "../bytes.js";
import { clockText } from "../numbers.js";
import { RegionName, hueOf } from "../parts/parts.js";
import { BytesText, Value } from "../parts/value.js";
import { outcomeText, titleOf } from "./story-words.js";
import "./story.css";

export function StoryCard({ story, regions }: { story: Story; regions: readonly string[] }) {
  const key = shownText(new TextDecoder("latin1").decode(bytesOfBase64(story.keyBase64)));
  return (
    <article className="story card" data-testid="story">
      <header className="story-head">
        <h3>{titleOf(story)}</h3>
        <span className="quiet">
          <code>{key}</code> at {clockText(story.atMs)}
        </span>
      </header>
      <ol className="story-writes">
        {story.writes.map((write, place) => (
          <Write
            key={`${write.origin} ${write.stamp} ${place}`}
            write={write}
            all={story.writes}
            rule={story.rule}
            regions={regions}
          />
        ))}
      </ol>
      <div className="story-result">
        <span className="quiet">Now shows everywhere</span>
        <Value {...story.result} />
      </div>
      <p className="story-why">{story.why}</p>
      {!story.whole && <p className="quiet">The logs are too long to look at all of it: there may be more writes.</p>}
    </article>
  );
}

/** In quotes where it would not be one word on a command line. */
function Argument({ bytes }: { bytes: Bytes }) {
  const quote = /^[^\s"']+$/.test(shownText(bytes)) ? "" : '"';
  return (
    <>
      {quote}
      <BytesText bytes={bytes} />
      {quote}
    </>
  );
}

interface WriteProps {
  write: StoryWrite;
  all: readonly StoryWrite[];
  rule: StoryRule;
  regions: readonly string[];
}

function Write({ write, all, rule, regions }: WriteProps) {
  const index = regions.indexOf(write.region);
  const unseen = all.filter(({ stamp, region }) => region !== write.region && write.concurrentWith.includes(stamp));
  const unseenRegions = [...new Set(unseen.map(({ region }) => region))];
  return (
    <li className={`story-write ${write.outcome}`} style={hueOf(index)}>
      <span className="quiet story-clock">{clockText(write.atMs)}</span>
      <RegionName name={write.region} index={index} />
      <code className="story-command">
        {write.command.toUpperCase()}
        {write.arguments.map((argument, place) => (
          <span key={`${place} ${JSON.stringify(argument)}`}>
            {" "}
            <Argument bytes={argument} />
          </span>
        ))}
        {write.command.toUpperCase() === "PEXPIREAT" && (
          <span className="quiet"> {clockText(Number(write.arguments[0])).slice(0, 8)}</span>
        )}
      </code>
      <span className={`chip ${write.outcome}`}>{outcomeText(write, rule)}</span>
      {unseenRegions.length > 0 && (
        <span className="quiet story-unseen">had not seen what {unseenRegions.join(" and ")} wrote</span>
      )}
    </li>
  );
}
