import { Page } from '../../layout/Page';
import { FileTable } from '../../session/FileTable';

/** What was done with files in all sessions. */
export function Files() {
  return (
    <Page title="File activity" note="Across all sessions that you may see" filled>
      <FileTable />
    </Page>
  );
}
