import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useMe } from '../api/me';
import { IconButton } from '../ui/IconButton';
import { IconKeyboard, IconMenu } from '../ui/icons';
import { useHotkeys } from '../ui/useHotkeys';
import { AccountMenu } from './AccountMenu';
import { Logo } from './Logo';
import { Nav } from './Nav';
import { Shortcuts } from './Shortcuts';
import styles from './Shell.module.css';
import { ThemeMenu } from './ThemeMenu';

/** What stands around every page: the way to the others on the left, the person above. */
export function Shell() {
  const me = useMe();
  const [navOpen, setNavOpen] = useState(false);
  const [keys, setKeys] = useState(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const main = useRef<HTMLElement>(null);
  useHotkeys({ '?': () => setKeys(true) });
  useEffect(() => setNavOpen(false), [path]);

  return (
    <div className={styles['shell']}>
      <a href="#content" className={styles['skip']} onClick={() => main.current?.focus()}>
        Skip to the content
      </a>
      <header className={styles['top']}>
        <span className={styles['burger']}>
          <IconButton label={navOpen ? 'Close the menu' : 'Open the menu'} aria-expanded={navOpen} onClick={() => setNavOpen(!navOpen)}>
            <IconMenu size={19} />
          </IconButton>
        </span>
        <Link to="/" className={styles['brand']}>
          <Logo /> <span>Doorward</span>
        </Link>
        <span className={styles['place']} title={`Version ${me.gateway.version}`}>
          {me.gateway.name}
        </span>
        <span className={styles['space']} />
        <span className={styles['wideonly']}>
          <IconButton label="Keyboard" onClick={() => setKeys(true)}>
            <IconKeyboard size={18} stroke={1.7} />
          </IconButton>
        </span>
        <ThemeMenu />
        <AccountMenu />
      </header>
      <div className={styles['side']} data-open={navOpen || undefined}>
        <Nav onGo={() => setNavOpen(false)} />
      </div>
      {navOpen && <button type="button" className={styles['veil']} aria-label="Close the menu" onClick={() => setNavOpen(false)} />}
      <main ref={main} id="content" tabIndex={-1} className={styles['main']}>
        <Outlet />
      </main>
      <Shortcuts open={keys} onClose={() => setKeys(false)} />
    </div>
  );
}
