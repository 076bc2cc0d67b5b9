import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { seesAll, useMe } from '../api/me';

/** A name that leads to the page of what it names, for those who may open it. In rows it is no stop of the tab key. */
export function ObjectLink({ kind, name, children, stop = true }: { kind: string; name: string; children?: ReactNode; stop?: boolean }) {
  const me = useMe();
  const words = children ?? name;
  const tab = stop ? {} : { tabIndex: -1 };
  if (name === '' || !seesAll(me)) return <>{words}</>;
  if (kind === 'gateway') {
    return (
      <Link to="/gateways/$name" params={{ name }} search={{}} {...tab}>
        {words}
      </Link>
    );
  }
  return (
    <Link to="/manage/$kind/$name" params={{ kind, name }} search={{}} {...tab}>
      {words}
    </Link>
  );
}
