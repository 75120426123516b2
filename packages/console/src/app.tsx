/** Which view the address means. Only the map comes with the page; the others are loaded when they are first seen. */
import { lazy, Suspense, useEffect } from "react";
import { Route, Switch, useLocation } from "wouter";
import { MapView } from "./map/map-view.js";
import { Empty } from "./parts/parts.js";
import { Shell } from "./shell.js";
import { views } from "./views.js";

const PlaygroundView = lazy(() => import("./playground/playground-view.js"));
const KeysView = lazy(() => import("./keys/keys-view.js"));
const ConflictsView = lazy(() => import("./conflicts/conflicts-view.js"));
const HealthView = lazy(() => import("./health/health-view.js"));

export function App() {
  const [location] = useLocation();
  useEffect(() => {
    const view = views.find(({ path }) => path === location);
    document.title = view === undefined ? "Meridian" : `${view.name} · Meridian`;
  }, [location]);
  return (
    <Shell>
      <Suspense fallback={<p className="quiet">Loading…</p>}>
        <Switch>
          <Route path="/" component={MapView} />
          <Route path="/playground" component={PlaygroundView} />
          <Route path="/keys" component={KeysView} />
          <Route path="/conflicts" component={ConflictsView} />
          <Route path="/health" component={HealthView} />
          <Route>
            <Empty icon="map" title="There is no such view">
              Choose one in the navigation.
            </Empty>
          </Route>
        </Switch>
      </Suspense>
    </Shell>
  );
}
