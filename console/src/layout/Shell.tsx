import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useMe } from '../api/me';
import { IconButton } from '../ui/IconButton';
import { IconKeyboard, IconMenu, IconSearch } from '../ui/icons';
import { useHotkeys } from '../ui/useHotkeys';
import { AccountMenu } from './AccountMenu';
import { Arrival } from './Arrival';
import { Logo } from './Logo';
import { Nav } from './Nav';
import { Offline } from './Offline';
import { Shortcuts } from './Shortcuts';
import styles from './Shell.module.css';
import { ThemeMenu } from './ThemeMenu';
import { usePaletteKey } from './usePaletteKey';

const Palette = lazy(async () => ({ default: (await import('../palette/Palette')).Palette }));

/** What stands around every page: the way to the others on the left, the person above. */
export function Shell() {
  const me = useMe();
  const [navOpen, setNavOpen] = useState(false);
  const [keys, setKeys] = useState(false);
  const [palette, setPalette] = useState(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const main = useRef<HTMLElement>(null);
  useHotkeys({ '?': () => setKeys(true) });
  usePaletteKey(() => setPalette(true));
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
        <button type="button" className={styles['finder']} aria-label="Go to, or do" aria-keyshortcuts="Control+K Meta+K" onClick={() => setPalette(true)}>
          <IconSearch size={15} aria-hidden />
          <span>Go to…</span>
          <kbd aria-hidden>{/Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘ K' : 'Ctrl K'}</kbd>
        </button>
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
        <Offline />
        <Outlet />
      </main>
      <Arrival main={main} />
      {palette && (
        <Suspense>
          <Palette onClose={() => setPalette(false)} />
        </Suspense>
      )}
      <Shortcuts open={keys} onClose={() => setKeys(false)} />
    </div>
  );
}
