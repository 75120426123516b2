/** Which view the address means. Only the map comes with the page; the others are loaded when they are first seen. */
import { Suspense, useEffect } from "react";
import { Route, Switch, useLocation } from "wouter";
import { MapView } from "./map/map-view.js";
import { Empty } from "./parts/parts.js";
import { Shell } from "./shell.js";
import { views } from "./views.js";

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
