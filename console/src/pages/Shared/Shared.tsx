import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Navigate } from '@tanstack/react-router';
import { api, body } from '../../api/client';
import { Page } from '../../layout/Page';
import { Trouble } from '../../ui/Trouble';
import { Waiting } from '../../ui/Waiting';

const route = getRouteApi('/signed-in/shell/shared/$share');

/** Where a link leads by which a session was shared: opens it, which is on record, and goes on to the session. */
export function Shared() {
  const { share } = route.useParams();
  const opened = useQuery({
    queryKey: ['shared', share],
    retry: false,
    staleTime: Infinity,
    queryFn: () => body(api.POST('/v1/shares/{share}/open', { params: { path: { share } } })),
  });
  if (opened.data !== undefined) return <Navigate to="/sessions/$id" params={{ id: opened.data.session_id }} search={{}} replace />;
  return (
    <Page title="Shared session">
      {opened.isError ? <Trouble error={opened.error} retry={() => void opened.refetch()} /> : <Waiting label="Opening the session" />}
    </Page>
  );
}
