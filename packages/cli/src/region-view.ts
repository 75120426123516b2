/** The regions, the progress of a change, and what is lost with a region, as lines. */
import { table, type Style, type ForgetDocument, type RegionsDocument } from "@meridian/agent/api";

export function regionLines(document: RegionsDocument, style: Style): string[] {
  const rows = document.regions.map(({ region, status, link, sinceMs, lackedBy }) => [
    region,
    status,
    link,
    sinceMs === null ? "from the start" : timeText(sinceMs),
    lackedBy.length === 0 ? "" : `not all of it is in ${lackedBy.join(", ")}`,
  ]);
  const lines = table(["region", "status", "link", "since", ""], rows, style);
  return document.settled ? lines : [...lines, progressText(document)];
}

/** What is waited for, the first thing first. */
export function progressText(document: RegionsDocument): string {
  const { change, regions, unaware } = document;
  if (change !== null) return waitText(`${change.what}, proposed in ${change.by}`, change.waitsFor);
  if (unaware.length > 0) return waitText("agreed upon", unaware);
  const leaving = regions.find(({ status }) => status === "leaving");
  if (leaving !== undefined) {
    const text = `${leaving.region} takes no more writes, and gives away what it has`;
    return waitText(text, leaving.lackedBy);
  }
  const uneven = regions.find(({ status, lackedBy }) => status === "forgotten" && lackedBy.length > 0);
  if (uneven !== undefined) {
    return waitText(`what is left of ${uneven.region} is passed on to those that lack some of it`, uneven.lackedBy);
  }
  return "nothing is under way";
}

function waitText(text: string, regions: readonly string[]): string {
  return regions.length === 0 ? `${text}: a moment` : `${text}: waits for ${regions.join(", ")}`;
}

export function forgetLines({ forget }: ForgetDocument): string[] {
  return forget.flatMap(({ region, linkedUntilMs, latest, survivors }) => {
    const had =
      latest === null
        ? `no surviving region has anything that ${region} wrote: all of it is lost`
        : `what ${region} wrote after ${timeText(latest.atMs)} (stamp ${latest.stamp} of ${latest.origin}, held by ${latest.heldBy}) is lost, if there was anything`;
    const heard = linkedUntilMs === null ? "not since this agent began" : timeText(linkedUntilMs);
    return [
      `${region}: ${had}`,
      `  last linked here: ${heard}`,
      ...survivors.map(({ region: name, latest: theirs }) => {
        return `  ${name} has it up to ${theirs === null ? "nothing, as far as is known here" : `${timeText(theirs.atMs)} (stamp ${theirs.stamp})`}`;
      }),
      "  the survivors first give each other what they have of it; then logs are kept for it no longer",
      `  it can't come back: if its server is found, its own writes are to be saved by hand, and the name ${region} is never used again`,
    ];
  });
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
