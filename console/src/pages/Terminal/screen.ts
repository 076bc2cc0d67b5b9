import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { look } from '../../player/look';

export interface ScreenOptions {
  fontSize: number;
  /** Also as text for screen readers. */
  reader: boolean;
}

export interface ScreenEvents {
  typed(text: string): void;
  typedBytes(latin: string): void;
  resized(cols: number, rows: number): void;
  /** The person wants out of the terminal, which has the Tab key. */
  leave(): void;
  find(): void;
  copy(text: string): void;
}

/** The terminal in the page. */
export interface Screen {
  readonly size: { cols: number; rows: number };
  write(data: Uint8Array | string): void;
  /** Everything as at the beginning, for a new session. */
  reset(): void;
  focus(): void;
  selection(): string;
  paste(text: string): void;
  find(text: string, back?: boolean): boolean;
  endFind(): void;
  set(options: ScreenOptions): void;
  dispose(): void;
}

const SCROLLBACK = 5000;

/** The colours of the player, so that a replay looks as the session did. */
const theme = {
  background: '#121314',
  foreground: '#cccccc',
  cursor: '#cccccc',
  cursorAccent: '#121314',
  selectionBackground: '#3d5a8f',
  black: '#000000',
  red: '#dd3c69',
  green: '#4ebf22',
  yellow: '#ddaf3c',
  blue: '#26b0d7',
  magenta: '#b954e1',
  cyan: '#54e1b9',
  white: '#d9d9d9',
  brightBlack: '#4d4d4d',
  brightRed: '#dd3c69',
  brightGreen: '#4ebf22',
  brightYellow: '#ddaf3c',
  brightBlue: '#26b0d7',
  brightMagenta: '#b954e1',
  brightCyan: '#54e1b9',
  brightWhite: '#ffffff',
};

/** WebGL draws faster where a graphics card does it, and slower where a processor imitates one. */
function hasCard(): boolean {
  const probe = document.createElement('canvas').getContext('webgl2', { failIfMajorPerformanceCaveat: true });
  if (probe === null) return false;
  const name = String(probe.getParameter(probe.getExtension('WEBGL_debug_renderer_info')?.UNMASKED_RENDERER_WEBGL ?? probe.RENDERER));
  probe.getExtension('WEBGL_lose_context')?.loseContext();
  return !/swiftshader|llvmpipe|software|basic render/i.test(name);
}

async function drawWithCard(terminal: Terminal): Promise<void> {
  if (!hasCard()) return;
  try {
    const { WebglAddon } = await import('@xterm/addon-webgl');
    const card = new WebglAddon();
    // The browser takes contexts away when there are many; without the addon the terminal draws with the page's own means.
    card.onContextLoss(() => card.dispose());
    terminal.loadAddon(card);
  } catch {
    // No such card after all: nothing is lost but speed.
  }
}

/** Only addresses that a browser opens by itself, and in a tab that knows nothing of this one. */
function openLink(event: MouseEvent, uri: string): void {
  event.preventDefault();
  if (/^https?:\/\//i.test(uri)) window.open(uri, '_blank', 'noopener,noreferrer');
}

/** Keys that are the page's and not the terminal's. */
function pageKeys(terminal: Terminal, events: ScreenEvents) {
  return (event: KeyboardEvent): boolean => {
    if (!event.ctrlKey || !event.shiftKey || event.altKey || event.metaKey) return true;
    const does: Record<string, (() => void) | undefined> = {
      Escape: () => events.leave(),
      // Windows keeps the other one for itself.
      F6: () => events.leave(),
      KeyF: () => events.find(),
      KeyC: () => terminal.hasSelection() && events.copy(terminal.getSelection()),
    };
    // The browser pastes by itself when the terminal lets it.
    if (event.code === 'KeyV') return false;
    const act = does[event.code];
    if (act === undefined) return true;
    event.preventDefault();
    if (event.type === 'keydown') act();
    return false;
  };
}

/** Puts a terminal into a box, as large as the box is. */
export function makeScreen(box: HTMLElement, options: ScreenOptions, events: ScreenEvents): Screen {
  const terminal = new Terminal({
    allowProposedApi: true,
    cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    fontFamily: look.terminalFontFamily,
    fontSize: options.fontSize,
    minimumContrastRatio: 4.5,
    screenReaderMode: options.reader,
    scrollback: SCROLLBACK,
    theme,
  });
  const fit = new FitAddon();
  const search = new SearchAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  terminal.loadAddon(new Unicode11Addon());
  terminal.unicode.activeVersion = '11';
  terminal.loadAddon(new WebLinksAddon(openLink));
  terminal.attachCustomKeyEventHandler(pageKeys(terminal, events));
  terminal.open(box);
  fit.fit();
  void drawWithCard(terminal);
  terminal.onData((text) => events.typed(text));
  terminal.onBinary((latin) => events.typedBytes(latin));
  terminal.onResize(({ cols, rows }) => events.resized(cols, rows));

  let frame = 0;
  const refit = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      if (box.clientWidth > 0 && box.clientHeight > 0) fit.fit();
    });
  };
  const watcher = new ResizeObserver(refit);
  watcher.observe(box);

  const found = { decorations: { matchOverviewRuler: '#ddaf3c', activeMatchColorOverviewRuler: '#ffffff', matchBackground: '#5c4a12', activeMatchBackground: '#8a6d12' } };
  return {
    get size() {
      return { cols: terminal.cols, rows: terminal.rows };
    },
    write: (data) => terminal.write(data),
    reset: () => terminal.reset(),
    focus: () => terminal.focus(),
    selection: () => terminal.getSelection(),
    paste: (text) => terminal.paste(text),
    find: (text, back = false) => (back ? search.findPrevious(text, found) : search.findNext(text, found)),
    endFind: () => search.clearDecorations(),
    set: ({ fontSize, reader }) => {
      terminal.options.fontSize = fontSize;
      terminal.options.screenReaderMode = reader;
      refit();
    },
    dispose: () => {
      cancelAnimationFrame(frame);
      watcher.disconnect();
      terminal.dispose();
    },
  };
}
