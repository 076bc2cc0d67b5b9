import { useQuery } from '@tanstack/react-query';
import { api, body } from '../../api/client';
import { Exact } from '../../ui/Moment';
import { Tag } from '../../ui/Tag';
import styles from './Security.module.css';

/** Who came in under the person's name, and who tried to. */
export function SignIns() {
  const newest = useQuery({ queryKey: ['sign-ins'], queryFn: ({ signal }) => body(api.GET('/v1/sign-ins', { signal })) });
  const list = newest.data?.sign_ins ?? [];
  if (list.length === 0) return null;
  return (
    <section className={styles['section']} aria-labelledby="sign-ins">
      <h2 id="sign-ins">Latest sign-ins</h2>
      <p className="muted">Under your name, in the browser and by every other client. Tell an administrator of what was not you.</p>
      <ul className={styles['past']}>
        {list.map((one, at) => (
          <li key={`${one.at} ${at}`}>
            <Exact at={one.at} />
            <Tag tone={one.succeeded ? 'ok' : 'warn'}>{one.succeeded ? 'came in' : 'refused'}</Tag>
            <span>
              {one.method}
              {one.second_factor !== '' && `, ${one.second_factor}`}
            </span>
            <span className="muted">{one.client_ip}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
