import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { api, body } from '../../api/client';
import type { Strand } from '../../api/types';
import { mountRecording, type TerminalView } from '../../player/terminal';
import { toPlay, toReal } from '../../player/timemap';
import { useStored } from '../../ui/useStored';

/** Pauses longer than this are cut when idle time is skipped. */
const IDLE_MS = 2000;
const TICK_MS = 200;
/** How far before its end a recording is entered that is shorter than the moment asked for. */
const LAST_MS = 10_000;
const LEAST_MS = 3000;

export const SPEEDS = [0.5, 1, 2, 4, 8];

/** The next faster or slower speed; the last one stays. */
export function nextSpeed(speed: number, by: 1 | -1): number {
  return SPEEDS[SPEEDS.indexOf(speed) + by] ?? speed;
}

/** Which of a session's recordings shows: each connection has one, and each may have several terminals. */
interface Track {
  connection: string | null;
  strand: number | null;
}

const isDrawn = (strand: Strand): boolean => strand.kind === 'terminal' || strand.kind === 'command';

/** What the server draws when it is not told: the first terminal, or else the first command. */
function drawnFirst(strands: Strand[]): Strand | undefined {
  return strands.find((strand) => strand.kind === 'terminal') ?? strands.find(isDrawn);
}

/** Where to begin, and what to do when a recording that still grows was seen to where it is now. */
interface Link {
  at: number | null;
  connection: string | null;
  /** Tells two looks at a recording that grows apart. */
  opened?: number;
  atEnd?: () => void;
}

/** A recording that plays. All times are real ones; the player's own clock stays in here. */
export function usePlayback(id: string, link: Link) {
  const [speed, setSpeed] = useStored('player.speed', 1);
  const [skipIdle, setSkipIdle] = useStored('player.skip-idle', true);
  const [track, setTrack] = useState<Track>({ connection: link.connection, strand: null });
  const [playing, setPlaying] = useState(false);
  const [at, setAt] = useState(link.at ?? 0);
  const [error, setError] = useState<unknown>(null);
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<TerminalView | null>(null);
  const { opened = 0 } = link;
  const here = useRef({ at: link.at ?? 0, playing: link.atEnd !== undefined });
  const atEnd = useRef(link.atEnd);
  atEnd.current = link.atEnd;

  const which: Record<string, string> = track.connection === null ? {} : { connection: track.connection };
  const about = useQuery({
    queryKey: ['player', id, track.connection, opened],
    queryFn: ({ signal }) => body(api.GET('/v1/sessions/{id}/player', { params: { path: { id }, query: which }, signal })),
    staleTime: Infinity,
  });
  const how: Record<string, string> = {
    ...which,
    ...(track.strand === null ? {} : { strand: String(track.strand) }),
    ...(skipIdle ? { idle_ms: String(IDLE_MS) } : {}),
  };
  const map = useQuery({
    queryKey: ['timemap', id, track, skipIdle, opened],
    enabled: about.isSuccess,
    queryFn: ({ signal }) => body(api.GET('/v1/sessions/{id}/player/timemap', { params: { path: { id }, query: how }, signal })),
    staleTime: Infinity,
  });
  const gaps = map.data?.gaps;
  const lengthNow = map.data?.real_duration_ms ?? 0;
  const words = new URLSearchParams(how).toString();
  const url = `/v1/sessions/${encodeURIComponent(id)}/player/index.json${words === '' ? '' : `?${words}`}`;
  const drawn = (about.data?.strands ?? []).filter(isDrawn);
  const empty = about.isSuccess && drawn.length === 0;

  useEffect(() => {
    const element = box.current;
    if (element === null || gaps === undefined || empty) return undefined;
    let gone = false;
    let mine: TerminalView | null = null;
    const set = (next: boolean) => {
      if (gone) return;
      here.current.playing = next;
      setPlaying(next);
    };
    setError(null);
    // A look back at the last moments begins a little earlier, or it would be over at once; the recording may also be shorter than now.
    const least = atEnd.current === undefined ? 0 : LEAST_MS;
    if (here.current.at > lengthNow - least) here.current.at = Math.max(0, lengthNow - LAST_MS);
    const options = { url, startAt: toPlay(here.current.at, gaps), autoPlay: here.current.playing, speed };
    const ended = () => {
      set(false);
      if (!gone) atEnd.current?.();
    };
    mountRecording(element, options, { playing: () => set(true), paused: () => set(false), ended })
      .then((made) => {
        if (gone) {
          made.dispose();
          return;
        }
        mine = made;
        view.current = made;
        // Sought while it was being opened.
        const wanted = toPlay(here.current.at, gaps);
        if (wanted !== options.startAt) void made.seek(wanted);
      })
      .catch((thrown: unknown) => !gone && setError(thrown));
    return () => {
      gone = true;
      view.current = null;
      mine?.dispose();
    };
  }, [url, gaps, speed, empty, lengthNow]);

  useEffect(() => {
    if (!playing || gaps === undefined) return undefined;
    const timer = setInterval(() => {
      if (view.current === null) return;
      here.current.at = toReal(view.current.position(), gaps);
      setAt(here.current.at);
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [playing, gaps]);

  const length = lengthNow;
  const current = about.data?.connection_id;
  /** Leads to a moment; of another connection's recording when one is named. */
  const seek = useCallback(
    (real: number, connection?: string) => {
      const other = connection !== undefined && current !== undefined && connection !== current;
      const to = Math.max(0, other ? real : Math.min(real, length));
      here.current.at = to;
      setAt(to);
      if (other) setTrack({ connection, strand: null });
      else if (gaps !== undefined) void view.current?.seek(toPlay(to, gaps));
    },
    [gaps, length, current],
  );
  const choose = useCallback((next: Track) => {
    here.current.at = 0;
    setAt(0);
    setTrack(next);
  }, []);
  const toggle = useCallback(() => {
    if (here.current.playing) view.current?.pause();
    else view.current?.play();
  }, []);

  // A link to another moment of the same recording.
  const ready = map.isSuccess;
  useEffect(() => {
    if (link.at !== null && ready) seek(link.at);
    // Only when the link changes.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [link.at, ready]);

  return {
    box,
    at,
    length,
    gaps: gaps ?? [],
    playing,
    speed,
    setSpeed,
    skipIdle,
    setSkipIdle,
    seek,
    toggle,
    ready: map.isSuccess || empty,
    /** Nothing of it was a terminal. */
    empty,
    connection: current,
    drawn,
    strand: track.strand ?? drawnFirst(about.data?.strands ?? [])?.strand ?? null,
    choose,
    error: error ?? about.error ?? map.error,
  };
}

export type Playback = ReturnType<typeof usePlayback>;
