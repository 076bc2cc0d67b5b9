import type { StoredObject } from '../../api/types';
import { toYaml } from '../../object/yaml';
import { Copy } from '../../ui/Copy';
import styles from './Object.module.css';

/** The object as a document. */
export function Yaml({ object }: { object: StoredObject }) {
  const text = toYaml(object.kind, object.name, object.spec);
  return (
    <div className={styles['flow']}>
      <div className={styles['yaml']}>
        <div className={styles['bar']}>
          <span className="muted">
            As for <code>doorward apply -f</code>. What is secret is not in it.
          </span>
          <Copy text={text} what="document" />
        </div>
        {/* It may be wider than the page: then it is scrolled, also with the keyboard. */}
        <pre tabIndex={0} role="region" aria-label="Document">
          {text}
        </pre>
      </div>
    </div>
  );
}
