// From the address to a page; in front of all of them stands the log-in.
import { type ReactNode, Suspense, lazy, useEffect } from "react";
import { Route, Switch } from "wouter";
import { handleKey } from "@/actions/keyboard";
import { useSession } from "@/api/session";
import type { Session } from "@/api/types";
import { Dialogs } from "@/panels/Dialogs";
import { NewerBanner } from "@/panels/NewerBanner";
import { OfflineBanner } from "@/panels/OfflineBanner";
import { Toasts } from "@/panels/Toasts";
import { LoginPage } from "./LoginPage";
import { NotFoundPage } from "./NotFoundPage";
import { PageError, PageState } from "./PageState";
import { ImagesPage } from "./images/ImagesPage";
import { LabsPage } from "./labs/LabsPage";
import { AccountPage } from "./people/AccountPage";
import { AuditPage } from "./people/AuditPage";
import { Frame } from "./people/Frame";
import { UsersPage } from "./people/UsersPage";
import { useEvents } from "./useEvents";

/** The canvas and the terminal come when a lab is opened. */
const LabPage = lazy(() => import("./LabPage"));

export function App() {
  const { data: session, error, refetch } = useSession();
  if (session) return <Inside session={session} />;
  if (error) return <PageError error={error} retry={() => void refetch()} />;
  return session === null ? <LoginPage /> : null;
}

function Inside({ session }: { session: Session }) {
  useEvents(session.user.username);
  useEffect(() => {
    addEventListener("keydown", handleKey);
    return () => removeEventListener("keydown", handleKey);
  }, []);
  const admin = (page: ReactNode) => <Frame session={session}>{session.user.role === "admin" ? page : <PageState title="For administrators">Ask one of them for what you need here.</PageState>}</Frame>;
  return (
    <>
      <Suspense fallback={<PageState title="Opening the lab" />}>
        <Switch>
          <Route path="/">
            <LabsPage session={session} />
          </Route>
          <Route path="/account">
            <Frame session={session}>
              <AccountPage session={session} />
            </Frame>
          </Route>
          <Route path="/images">
            <Frame session={session}>
              <ImagesPage session={session} />
            </Frame>
          </Route>
          <Route path="/admin">{admin(<UsersPage session={session} />)}</Route>
          <Route path="/admin/audit">{admin(<AuditPage />)}</Route>
          <Route path="/labs/:id">{({ id }) => <LabPage key={id} id={id} />}</Route>
          <Route>
            <NotFoundPage />
          </Route>
        </Switch>
      </Suspense>
      <Dialogs />
      <Toasts />
      <OfflineBanner />
      <NewerBanner />
    </>
  );
}
