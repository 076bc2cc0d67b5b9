import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../../../ui/Button';
import { TextField } from '../../../ui/inputs';
import styles from '../Sql.module.css';

/** A database by name: the one that goes by the account's name need not be there. */
export function OtherDatabase({ resource, account, tried }: { resource: string; account: string; tried: string }) {
  const [name, setName] = useState(tried);
  const navigate = useNavigate();
  const connect = () => void navigate({ to: '/connect/$resource/sql', params: { resource }, search: { ...(account === '' ? {} : { account }), database: name.trim() } });
  return (
    <form
      className={styles['other']}
      aria-label="Another database"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== '' && name.trim() !== tried) connect();
      }}
    >
      <TextField label="Database" value={name} onChange={setName} mono />
      <Button type="submit" disabled={name.trim() === '' || name.trim() === tried}>
        Connect
      </Button>
    </form>
  );
}
