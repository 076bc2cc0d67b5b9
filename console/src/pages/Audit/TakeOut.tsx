import { Problem } from '../../api/problem';
import { saveFile } from '../../api/save';
import { Button } from '../../ui/Button';
import { IconDownload } from '../../ui/icons';
import { Menu } from '../../ui/Menu';
import { toast } from '../../ui/toast';

/** Takes the log out as a file: all of it, to be checked offline, or what the filters select. */
export function TakeOut({ filters }: { filters: Record<string, string> }) {
  const some = new URLSearchParams(filters).toString();
  const take = (query: string, name: string) => () => {
    saveFile(`/v1/audit/export?${query}`, name).catch((thrown: unknown) => toast(`Not downloaded: ${Problem.of(thrown).message}`, true));
  };
  const entry = (label: string, query: string, name: string) => ({ label, icon: <IconDownload size={16} />, onClick: take(query, name) });
  const entries = [entry('The whole log, to be checked offline', 'as=jsonl', 'audit.jsonl'), entry('The whole log as CSV', 'as=csv', 'audit.csv')];
  if (some !== '') entries.push(entry('What is shown here as lines of JSON', `as=jsonl&${some}`, 'audit-part.jsonl'), entry('What is shown here as CSV', `as=csv&${some}`, 'audit-part.csv'));
  return <Menu label="Export" inPlace button={<Button icon={<IconDownload size={15} />}>Export</Button>} entries={entries} />;
}
