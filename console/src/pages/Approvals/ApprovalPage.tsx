import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { api, body } from '../../api/client';
import { ApprovalFacts } from '../../approval/ApprovalFacts';
import { DecideButtons } from '../../approval/DecideButtons';
import { useFreshApprovals } from '../../approval/usePending';
import { askText } from '../../approval/words';
import { Page } from '../../layout/Page';
import { Trouble } from '../../ui/Trouble';
import { Waiting } from '../../ui/Waiting';
import styles from './Approvals.module.css';

/** One request: where links in notices and in waiting clients lead. */
export function ApprovalPage() {
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  useFreshApprovals();
  const approval = useQuery({
    queryKey: ['approvals', 'one', id],
    refetchInterval: 30_000,
    queryFn: ({ signal }) => body(api.GET('/v1/approvals/{id}', { params: { path: { id } }, signal })),
  });
  if (approval.isPending) return <Waiting page label="Loading the request" />;
  if (approval.data === undefined) return <Trouble page error={approval.error} retry={() => void approval.refetch()} />;
  return (
    <Page title={askText(approval.data)} up={{ to: '/approvals', title: 'Approvals' }}>
      <ApprovalFacts approval={approval.data} />
      <div className={styles['acts']}>
        <DecideButtons approvals={[approval.data]} />
      </div>
    </Page>
  );
}
