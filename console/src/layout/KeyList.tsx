import { KEYS } from './keys';
import styles from './Shortcuts.module.css';

/** Every key that does something. */
export function KeyList() {
  return (
    <>
      {KEYS.map(({ place, keys }) => (
        <section key={place}>
          <h2>{place}</h2>
          <dl className={styles['keys']}>
            {keys.map(([names, words]) => (
              <div key={words}>
                <dt>
                  {names.map((name) => (
                    <kbd key={name}>{name}</kbd>
                  ))}
                </dt>
                <dd>{words}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </>
  );
}
