import type { Player, Source } from 'asciinema-player';
import 'asciinema-player/dist/bundle/asciinema-player.css';
import { look } from './look';
import './terminal.css';

/** A terminal on the page: a recording that can be sought, or a session as it runs. */
export interface TerminalView {
  play(): void;
  pause(): void;
  /** To a point of play time, in milliseconds. */
  seek(play: number): Promise<void>;
  /** Where it stands, in milliseconds of play time. */
  position(): number;
  dispose(): void;
}

export interface TerminalEvents {
  playing?(): void;
  paused?(): void;
  ended?(): void;
}

async function mount(box: HTMLElement, source: unknown, options: object, events: TerminalEvents): Promise<TerminalView> {
  const { create } = await import('asciinema-player');
  const player: Player = create(source as Source, box, { ...look, ...options });
  player.addEventListener('playing', () => events.playing?.());
  player.addEventListener('pause', () => events.paused?.());
  player.addEventListener('ended', () => events.ended?.());
  return {
    play: () => void player.play(),
    pause: () => void player.pause(),
    seek: async (play) => void (await player.seek(play / 1000)),
    position: () => player.getCurrentTime() * 1000,
    dispose: () => player.dispose(),
  };
}

export interface RecordingOptions {
  /** Address of the segmented index. */
  url: string;
  /** Where to begin, in milliseconds of play time. */
  startAt: number;
  autoPlay: boolean;
  speed: number;
}

/** The picture before the first play; at the very beginning the first words, not an empty screen. */
const FIRST_MS = 400;

/**
 * Shows a recording, with the picture of where it begins. The segmented source of the player is not in its type file. Its own still
 * picture (`poster`) is not used: after one, the player seeks forward on an empty screen and loses what came before it.
 */
export async function mountRecording(box: HTMLElement, options: RecordingOptions, events: TerminalEvents): Promise<TerminalView> {
  const { url, startAt, autoPlay, speed } = options;
  const view = await mount(
    box,
    { driver: 'recording', format: 'segmented', url },
    { startAt: startAt / 1000, autoPlay, speed, preload: true },
    events,
  );
  // Not waited for: whoever presses play meanwhile is heard. A recording that cannot be loaded is told of by the player itself.
  if (!autoPlay) view.seek(Math.max(startAt, FIRST_MS)).catch(() => undefined);
  return view;
}

/** Shows a session as it runs. The player joins again by itself when the line breaks. */
export function mountLive(box: HTMLElement, path: string, events: TerminalEvents): Promise<TerminalView> {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return mount(box, { driver: 'websocket', url: url.href, bufferTime: 0 }, { autoPlay: true }, events);
}
