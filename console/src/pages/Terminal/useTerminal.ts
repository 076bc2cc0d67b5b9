import { useCallback, useEffect, useRef, useState } from 'react';
import { api, body } from '../../api/client';
import { toast } from '../../ui/toast';
import { copyText } from '../../ui/Copy';
import { Link } from './link';
import { makeScreen, type Screen, type ScreenOptions } from './screen';
import { terminalPath, type End, type Prompt } from './wire';

/** `joining`: on the way to the resource; `open`: its terminal is here; `ended`: see `end`. */
export type Phase = 'joining' | 'open' | 'ended';

/** Sizes of the terminal come in quick succession while a window is dragged. */
const SIZE_MS = 120;

/** The line broke, or never came up: nothing was said about why. */
export const LOST: End = { reason: 'line_lost', text: '', exit: null };
export const NEVER_UP: End = { reason: 'not_opened', text: '', exit: null };

/** A websocket that is refused does not say why. The list of what one may reach does. */
async function whyNot(resource: string): Promise<End> {
  const { resources } = await body(api.GET('/v1/connect'));
  if (resources.some((one) => one.name === resource)) return NEVER_UP;
  return { ...NEVER_UP, text: 'there is no such resource, or you may not use it' };
}

interface Wish {
  resource: string;
  account: string;
  options: ScreenOptions;
  onLeave(): void;
  onFind(): void;
}

/** A terminal on a resource: the screen, the line, and how it stands. */
export function useTerminal({ resource, account, options, onLeave, onFind }: Wish) {
  const box = useRef<HTMLDivElement>(null);
  const screen = useRef<Screen | null>(null);
  const link = useRef<Link | null>(null);
  const [phase, setPhase] = useState<Phase>('joining');
  const [session, setSession] = useState<string | null>(null);
  const [prompt, setPrompt] = useState<Prompt | null>(null);
  const [end, setEnd] = useState<End | null>(null);
  const latest = useRef({ options, onLeave, onFind });
  latest.current = { options, onLeave, onFind };

  const over = useCallback((how: End) => {
    link.current?.close();
    link.current = null;
    setPrompt(null);
    setEnd((old) => old ?? how);
    setPhase('ended');
  }, []);

  const open = useCallback(() => {
    const made = screen.current;
    if (made === null) return;
    link.current?.close();
    setPhase('joining');
    setSession(null);
    setPrompt(null);
    setEnd(null);
    made.reset();
    link.current = new Link(terminalPath(resource, account, made.size), {
      said: (said) => {
        if (said.type === 'session') setSession(said.id);
        else if (said.type === 'prompt') setPrompt({ text: said.text, echo: said.echo });
        else over({ reason: said.reason, text: said.text, exit: said.exit });
      },
      output: (bytes) => {
        made.write(bytes);
        setPhase('open');
      },
      closed: (opened) => {
        if (opened) over(LOST);
        else void whyNot(resource).catch(() => NEVER_UP).then(over);
      },
    });

  }, [resource, account, over]);

  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    let sizing: ReturnType<typeof setTimeout> | undefined;
    const made = makeScreen(element, latest.current.options, {
      typed: (text) => link.current?.type(text),
      typedBytes: (latin) => link.current?.typeBytes(latin),
      resized: (cols, rows) => {
        clearTimeout(sizing);
        sizing = setTimeout(() => link.current?.resize(cols, rows), SIZE_MS);
      },
      leave: () => latest.current.onLeave(),
      find: () => latest.current.onFind(),
      copy: (text) => void copyText(text).then((done) => done || toast('The browser does not let this page use the clipboard', true)),
    });
    screen.current = made;
    open();
    made.focus();
    return () => {
      clearTimeout(sizing);
      link.current?.close();
      link.current = null;
      screen.current = null;
      made.dispose();
    };
  }, [open]);

  const { fontSize, reader } = options;
  useEffect(() => screen.current?.set({ fontSize, reader }), [fontSize, reader]);

  const answer = useCallback((text: string) => {
    link.current?.answer(text);
    setPrompt(null);
    screen.current?.focus();
  }, []);
  const disconnect = useCallback(() => over({ reason: 'user_disconnect', text: '', exit: null }), [over]);
  const copy = useCallback(async () => {
    const text = screen.current?.selection() ?? '';
    if (text === '') toast('Mark something in the terminal first');
    else if (await copyText(text)) toast('Copied');
    else toast('The browser does not let this page use the clipboard', true);
    screen.current?.focus();
  }, []);
  const paste = useCallback(async () => {
    try {
      screen.current?.paste(await navigator.clipboard.readText());
      screen.current?.focus();
    } catch {
      toast('The browser does not let this page read the clipboard: paste with Ctrl+Shift+V', true);
    }
  }, []);

  return { box, screen, phase, session, prompt, end, open, answer, disconnect, copy, paste };
}

export type TerminalState = ReturnType<typeof useTerminal>;
