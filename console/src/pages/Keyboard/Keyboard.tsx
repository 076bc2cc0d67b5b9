import { KeyList } from '../../layout/KeyList';
import { Page } from '../../layout/Page';
import styles from './Keyboard.module.css';

/** The keys, on a page. */
export function Keyboard() {
  return (
    <Page title="Keyboard" prose note="Everything can be done without a pointer">
      <div className={styles['keys']}>
        <KeyList />
      </div>
    </Page>
  );
}
