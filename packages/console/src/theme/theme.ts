/** Light or dark: as the system says, until somebody chooses. The choice stays in this browser. */
import { useEffect, useSyncExternalStore } from "react";

export type ThemeChoice = "system" | "light" | "dark";
export const themeChoices: readonly ThemeChoice[] = ["system", "light", "dark"];

const KEY = "meridian-theme";
const darkSystem = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();
let choice: ThemeChoice = stored();

function stored(): ThemeChoice {
  try {
    const value = localStorage.getItem(KEY);
    return themeChoices.find((known) => known === value) ?? "system";
  } catch {
    return "system"; // storage may be forbidden
  }
}

function tell(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What is seen now; changes with the system and with the choice. */
function shown(): "light" | "dark" {
  return choice === "system" ? (darkSystem.matches ? "dark" : "light") : choice;
}

darkSystem.addEventListener("change", tell);

export function chooseTheme(wanted: ThemeChoice): void {
  choice = wanted;
  try {
    localStorage.setItem(KEY, wanted);
  } catch {
    // then it holds until the page is left
  }
  tell();
}

export function useTheme(): { choice: ThemeChoice; shown: "light" | "dark" } {
  const current = useSyncExternalStore(subscribe, () => choice);
  const seen = useSyncExternalStore(subscribe, shown);
  useEffect(() => {
    document.documentElement.dataset["theme"] = seen;
  }, [seen]);
  return { choice: current, shown: seen };
}
