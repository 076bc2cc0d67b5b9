import { useQuery } from '@tanstack/react-query';
import { api, body } from '../../api/client';
import { useMe } from '../../api/me';
import type { Setting } from '../../api/types';
import { Page } from '../../layout/Page';
import { Tag } from '../../ui/Tag';
import { Trouble } from '../../ui/Trouble';
import { Waiting } from '../../ui/Waiting';
import styles from './Settings.module.css';

const BY: Record<Setting['set_by'], string> = {
  option: 'command line',
  environment: 'environment',
  file: 'settings file',
  program: 'the program itself',
  default: 'default',
};

/** What the gateway runs with, and where each of it is set. Nothing can be changed here. */
export function Settings() {
  const me = useMe();
  const settings = useQuery({ queryKey: ['settings'], queryFn: ({ signal }) => body(api.GET('/v1/settings', { signal })) });
  return (
    <Page
      title="Settings"
      prose
      note={
        <>
          What <strong>{me.gateway.name}</strong>, version {me.gateway.version}, runs with. Set where it is started; the command line wins over the
          environment, the environment over the settings file.
        </>
      }
    >
      {settings.isPending ? (
        <Waiting />
      ) : settings.data === undefined ? (
        <Trouble error={settings.error} retry={() => void settings.refetch()} />
      ) : (
        <dl className={styles['settings']}>
          {settings.data.map((one) => (
            <Line key={one.env} one={one} />
          ))}
        </dl>
      )}
    </Page>
  );
}

function Line({ one }: { one: Setting }) {
  return (
    <div>
      <dt>
        <span>{one.about.replace(/ \[default: .*\]$/, '')}</span>
        <span className={styles['names']}>
          {one.option !== '' && <code>{one.option}</code>}
          <code>{one.env}</code>
        </span>
      </dt>
      <dd>
        {one.value === '' ? <span className="muted">not set</span> : <code>{one.value}</code>}
        <Tag tone={one.set_by === 'default' ? 'plain' : 'info'}>{BY[one.set_by]}</Tag>
      </dd>
    </div>
  );
}
