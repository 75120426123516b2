/** The frame around every view: navigation, the verdict on top, light or dark. */
import type { ConsoleDocument } from "@meridian/agent/api";
import { ToggleGroup } from "radix-ui";
import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { useConsole } from "./api/console.js";
import { useEvents, useStatus } from "./api/status.js";
import markUrl from "./mark.svg";
import { Icon } from "./parts/icon.js";
import { SignIn, useSession } from "./sign-in.js";
import { chooseTheme, themeChoices, useTheme } from "./theme/theme.js";
import { verdictOf } from "./verdict.js";
import { views } from "./views.js";
import "./shell.css";

export function Shell({ children }: { children: ReactNode }) {
  const { console: known } = useConsole();
  const signIn = known === undefined || known.signedIn || known.signIn === "none" ? undefined : known.signIn;
  useEvents(known !== undefined && signIn === undefined);
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the view
      </a>
      <header className="rail">
        <div className="brand">
          <img src={markUrl} width="28" height="28" alt="" />
          Meridian
        </div>
        <Navigation />
        <div className="rail-foot">
          <ThemeChoice />
          {known !== undefined && <Who known={known} />}
        </div>
      </header>
      <main className="main" id="main" tabIndex={-1}>
        {signIn === undefined ? (
          <>
            <Verdict />
            {children}
          </>
        ) : (
          <SignIn kind={signIn} />
        )}
      </main>
    </div>
  );
}

function Who({ known }: { known: ConsoleDocument }) {
  const session = useSession();
  return (
    <>
      {known.signedIn && known.signIn !== "none" && (
        <button type="button" className="button small" onClick={() => session.mutate({ end: true })}>
          Sign out{known.user === null ? "" : ` ${known.user}`}
        </button>
      )}
      <span className="version">Meridian {known.software}</span>
    </>
  );
}

function Navigation() {
  const [location] = useLocation();
  return (
    <nav className="nav" aria-label="Views">
      {views.map(({ path, name, icon }) => (
        <Link key={path} href={path} aria-current={location === path ? "page" : undefined}>
          <Icon name={icon} />
          {name}
        </Link>
      ))}
    </nav>
  );
}

/** What a glance must tell. Said to screen readers when it changes in kind, not at each new number. */
function Verdict() {
  const { status, problem } = useStatus();
  if (problem !== undefined) return <VerdictLine severity="bad" title={problem} />;
  if (status === undefined) return <VerdictLine severity="warn" title="Asking the regions…" />;
  const { severity, title } = verdictOf(status);
  return <VerdictLine severity={severity} title={title} />;
}

function VerdictLine({ severity, title }: { severity: "good" | "warn" | "bad"; title: string }) {
  return (
    <div className={`verdict ${severity}`}>
      <Icon name={severity === "good" ? "check" : "alert"} />
      <span className="verdict-text" data-testid="verdict">
        {title}
      </span>
      <span className="unseen" role="status">
        {severity === "good" ? "All regions are linked" : title}
      </span>
    </div>
  );
}

const THEME_NAMES = { system: "As the system", light: "Light", dark: "Dark" } as const;
const THEME_ICONS = { system: "system", light: "sun", dark: "moon" } as const;

function ThemeChoice() {
  const { choice } = useTheme();
  return (
    <ToggleGroup.Root
      className="theme-choice"
      type="single"
      aria-label="Colours"
      value={choice}
      onValueChange={(value) => {
        const wanted = themeChoices.find((known) => known === value);
        if (wanted !== undefined) chooseTheme(wanted);
      }}
    >
      {themeChoices.map((name) => (
        <ToggleGroup.Item key={name} value={name} aria-label={THEME_NAMES[name]} title={THEME_NAMES[name]}>
          <Icon name={THEME_ICONS[name]} size={16} />
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
