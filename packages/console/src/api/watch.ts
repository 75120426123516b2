/** A key as every region shows it, while somebody looks; and the story of each conflict that it is part of. */
import type { Story, WatchedKey } from "@meridian/agent/api";
import { useEffect, useState } from "react";
import { limits } from "../limits.js";
import { postRaw } from "./client.js";
import { EventStream } from "./event-stream.js";

export interface Watching {
  value: WatchedKey | undefined;
  /** Why nothing new comes; undefined: it does. */
  problem: string | undefined;
}

interface Listeners {
  onValue: (value: WatchedKey) => void;
  onStory: (story: Story) => void;
}

const NOTHING: Watching = { value: undefined, problem: undefined };

/** Begins anew when the connection ends, until the key is another one. */
export function useWatch(keyBase64: string | undefined, onStory: (story: Story) => void): Watching {
  const [watching, setWatching] = useState<Watching & { key?: string }>(NOTHING);
  useEffect(() => {
    if (keyBase64 === undefined) return;
    const abort = new AbortController();
    const listeners = {
      onStory,
      onValue: (value: WatchedKey) => setWatching({ key: keyBase64, value, problem: undefined }),
    };
    const onProblem = (problem: string): void =>
      setWatching((now) => ({ ...(now.key === keyBase64 ? now : NOTHING), key: keyBase64, problem }));
    void watchAgainAndAgain(keyBase64, listeners, onProblem, abort.signal);
    return () => abort.abort();
  }, [keyBase64, onStory]);
  return watching.key === keyBase64 ? watching : NOTHING;
}

async function watchAgainAndAgain(
  keyBase64: string,
  listeners: Listeners,
  onProblem: (problem: string) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await watchOnce(keyBase64, listeners, signal);
    } catch (error) {
      if (signal.aborted) return;
      onProblem(error instanceof Error ? error.message : String(error));
    }
    await new Promise((resolve) => setTimeout(resolve, limits.watchAgainMs));
  }
}

async function watchOnce(keyBase64: string, { onValue, onStory }: Listeners, signal: AbortSignal): Promise<void> {
  const response = await postRaw("/api/watch", { keyBase64 }, signal);
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const stream = new EventStream();
  for (;;) {
    const { done, value = "" } = await reader.read();
    if (done) return;
    for (const { event, data } of stream.push(value)) {
      if (event === "value") onValue(JSON.parse(data) as WatchedKey);
      if (event === "story") onStory(JSON.parse(data) as Story);
    }
  }
}
