import { useMe } from '../../../api/me';
import { valueFile, type Cell } from '../../../api/sql';
import { bytes } from '../../../format';
import { Copy } from '../../../ui/Copy';
import { Dialog } from '../../../ui/Dialog';
import { IconDownload } from '../../../ui/icons';
import { LinkButton } from '../../../ui/LinkButton';
import { Notice } from '../../../ui/Notice';
import type { Result } from '../results';
import styles from '../Sql.module.css';

interface Props {
  result: Result;
  session: string;
  at: { row: number; column: number } | null;
  onClose(): void;
}

const textOf = (cell: Cell | undefined): string => (cell == null ? '' : typeof cell === 'string' ? cell : cell.text);

/** One value: as much of it as a page may hold, and the way to all of it. */
export function ValueDialog({ result, session, at, onClose }: Props) {
  const me = useMe();
  const cell = at === null ? undefined : result.rows[at.row]?.[at.column];
  const cut = cell != null && typeof cell === 'object' ? cell : null;
  const name = at === null ? '' : (result.columns[at.column]?.name ?? '');
  const text = textOf(cell);
  return (
    <Dialog open={at !== null} onClose={onClose} title={at === null ? '' : `${name}, row ${at.row + 1}`} wide>
      {at !== null && (
        <div className={styles['value']}>
          {cut !== null && (
            <Notice tone="info" title={`${bytes(new TextEncoder().encode(cut.text).length)} of ${bytes(cut.total)} are shown`}>
              {cut.cut === 'value' ? 'Long values are cut' : 'The values before this one have used up what a page holds, so it is cut'}, so that the browser stays responsive; the recording has all of it.{' '}
              {me.downloads_enabled ? 'The file has it in full.' : 'Downloads are switched off here by DISABLE_SESSIONS_DOWNLOAD, so it cannot be fetched as a file.'}
            </Notice>
          )}
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <pre tabIndex={0} aria-label={`Value of ${name}`}>
            {cell === null ? 'null' : text}
          </pre>
          <div className={styles['buttons']}>
            <Copy text={text} what="what is shown" />
            {me.downloads_enabled && (
              <LinkButton href={valueFile(session, result.which, at.row, at.column)} download>
                <IconDownload size={15} aria-hidden /> Full value as a file
              </LinkButton>
            )}
          </div>
        </div>
      )}
    </Dialog>
  );
}
