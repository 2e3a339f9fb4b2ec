import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { createBrowserRouter, Navigate, Route, RouterProvider, Routes, useLocation, useRouteError } from 'react-router';
import { makeCache } from '../../data/cache';
import { useSession } from '../../data/session';
import { Failure, Loading } from '../../ui/States';
import { Frame } from './Frame';

const SignIn = lazy(() => import('../session/SignIn'));
const Overview = lazy(() => import('../overview/Overview'));
const Explore = lazy(() => import('../explore/Explore'));
const Questions = lazy(() => import('../questions/Questions'));
const QuestionPage = lazy(() => import('../questions/QuestionPage'));
const Dashboards = lazy(() => import('../dashboards/Dashboards'));
const DashboardPage = lazy(() => import('../dashboards/DashboardPage'));
const Sql = lazy(() => import('../sql/Sql'));
const People = lazy(() => import('../people/People'));
const Profile = lazy(() => import('../people/Profile'));
const Sources = lazy(() => import('../sources/Sources'));
const Source = lazy(() => import('../sources/Source'));
const Forwards = lazy(() => import('../forwards/Forwards'));
const ForwardEditor = lazy(() => import('../forwards/ForwardEditor'));
const NewSource = lazy(() => import('../sources/NewSource'));
const Rejects = lazy(() => import('../rejects/Rejects'));
const Imports = lazy(() => import('../imports/Imports'));
const NewImport = lazy(() => import('../imports/NewImport'));
const Mappings = lazy(() => import('../mappings/Mappings'));
const MappingEditor = lazy(() => import('../mappings/MappingEditor'));
const Segments = lazy(() => import('../segments/Segments'));
const SegmentPage = lazy(() => import('../segments/SegmentPage'));
const SegmentEditor = lazy(() => import('../segments/SegmentEditor'));
const Templates = lazy(() => import('../templates/Templates'));
const TemplateEditor = lazy(() => import('../templates/TemplateEditor'));
const Journeys = lazy(() => import('../journeys/Journeys'));
const JourneyPage = lazy(() => import('../journeys/JourneyPage'));
const JourneyEditor = lazy(() => import('../journeys/JourneyEditor'));
const Messages = lazy(() => import('../messages/Messages'));
const Items = lazy(() => import('../items/Items'));
const ItemType = lazy(() => import('../items/ItemType'));
const TypeEditor = lazy(() => import('../items/TypeEditor'));
const Tasks = lazy(() => import('../tasks/Tasks'));
const Consents = lazy(() => import('../consents/Consents'));
const Senders = lazy(() => import('../senders/Senders'));
const Tokens = lazy(() => import('../tokens/Tokens'));
const Audit = lazy(() => import('../tokens/Audit'));
const Missing = lazy(() => import('./Missing'));

/** What a screen threw that should not have. */
function Broken() {
  return <Failure error={useRouteError()} onRetry={() => location.reload()} />;
}

export function App() {
  const [cache] = useState(() => {
    const made = makeCache(() => made.setQueryData(['session'], null));
    return made;
  });
  const [router] = useState(() => createBrowserRouter([
    { path: '/login', element: <SignIn />, errorElement: <Broken /> },
    { path: '/*', element: <SignedIn />, errorElement: <Broken /> },
  ]));
  return (
    <QueryClientProvider client={cache}>
      <Suspense fallback={<Loading />}><RouterProvider router={router} /></Suspense>
    </QueryClientProvider>
  );
}

/** Everything behind the door. */
function SignedIn() {
  const session = useSession();
  const { pathname, search } = useLocation();
  if (session.isPending) return <Loading />;
  if (session.error) return <Failure error={session.error} onRetry={() => void session.refetch()} />;
  if (!session.data) return <Navigate to={`/login?to=${encodeURIComponent(pathname + search)}`} replace />;
  return (
    <Frame session={session.data}>
      <Routes>
        <Route index element={<Overview />} />
        <Route path="explore" element={<Explore />} />
        <Route path="questions" element={<Questions />} />
        <Route path="questions/:key" element={<QuestionPage />} />
        <Route path="dashboards" element={<Dashboards />} />
        <Route path="dashboards/:key" element={<DashboardPage />} />
        <Route path="sql" element={<Sql />} />
        <Route path="people" element={<People />} />
        <Route path="people/:ref" element={<Profile />} />
        <Route path="sources" element={<Sources />} />
        <Route path="sources/new" element={<NewSource />} />
        <Route path="sources/:key" element={<Source />} />
        <Route path="forwards" element={<Forwards />} />
        <Route path="forwards/new" element={<ForwardEditor />} />
        <Route path="forwards/:key" element={<ForwardEditor />} />
        <Route path="rejects" element={<Rejects />} />
        <Route path="imports" element={<Imports />} />
        <Route path="imports/new" element={<NewImport />} />
        <Route path="mappings" element={<Mappings />} />
        <Route path="mappings/:key" element={<MappingEditor />} />
        <Route path="segments" element={<Segments />} />
        <Route path="segments/new" element={<SegmentEditor />} />
        <Route path="segments/:key" element={<SegmentPage />} />
        <Route path="segments/:key/edit" element={<SegmentEditor />} />
        <Route path="journeys" element={<Journeys />} />
        <Route path="journeys/new" element={<JourneyEditor />} />
        <Route path="journeys/:key" element={<JourneyPage />} />
        <Route path="journeys/:key/edit" element={<JourneyEditor />} />
        <Route path="templates" element={<Templates />} />
        <Route path="templates/new" element={<TemplateEditor />} />
        <Route path="templates/:key" element={<TemplateEditor />} />
        <Route path="messages" element={<Messages />} />
        <Route path="items" element={<Items />} />
        <Route path="items/new" element={<TypeEditor />} />
        <Route path="items/:key" element={<ItemType />} />
        <Route path="items/:key/type" element={<TypeEditor />} />
        <Route path="tasks" element={<Tasks />} />
        <Route path="consents" element={<Consents />} />
        <Route path="senders" element={<Senders />} />
        <Route path="tokens" element={<Tokens />} />
        <Route path="audit" element={<Audit />} />
        <Route path="*" element={<Missing />} />
      </Routes>
    </Frame>
  );
}
