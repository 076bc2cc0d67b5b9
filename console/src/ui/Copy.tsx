import { useState } from 'react';
import { IconButton } from './IconButton';
import { IconCheck, IconCopy } from './icons';
import { toast } from './toast';

/** Puts a text on the clipboard, also where the page is not a secure context. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.style.position = 'fixed';
    area.style.opacity = '0';
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

/** A button that copies. */
export function Copy({ text, what }: { text: string; what: string }) {
  const [done, setDone] = useState(false);
  const copy = async (event: React.MouseEvent) => {
    event.stopPropagation();
    event.preventDefault();
    if (!(await copyText(text))) {
      toast('The browser does not let this page use the clipboard', true);
      return;
    }
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return (
    <IconButton label={done ? 'Copied' : `Copy ${what}`} small onClick={copy}>
      {done ? <IconCheck size={14} /> : <IconCopy size={14} />}
    </IconButton>
  );
}
