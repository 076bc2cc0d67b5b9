import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { api, body } from '../../api/client';
import { mountRecording, type TerminalView } from '../../player/terminal';
import { toPlay, toReal } from '../../player/timemap';
import { useStored } from '../../ui/useStored';

/** Pauses longer than this are cut when idle time is skipped. */
const IDLE_MS = 2000;
const TICK_MS = 200;

export const SPEEDS = [0.5, 1, 2, 4, 8];

/** A recording that plays. All times are real ones; the player's own clock stays in here. */
export function usePlayback(id: string, startAt: number | null) {
  const [speed, setSpeed] = useStored('player.speed', 1);
  const [skipIdle, setSkipIdle] = useStored('player.skip-idle', true);
  const [playing, setPlaying] = useState(false);
  const [at, setAt] = useState(startAt ?? 0);
  const [error, setError] = useState<unknown>(null);
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<TerminalView | null>(null);
  const here = useRef({ at: startAt ?? 0, playing: false });

  const query = skipIdle ? { idle_ms: IDLE_MS } : {};
  const map = useQuery({
    queryKey: ['timemap', id, skipIdle],
    queryFn: ({ signal }) => body(api.GET('/v1/sessions/{id}/player/timemap', { params: { path: { id }, query }, signal })),
    staleTime: Infinity,
  });
  const gaps = map.data?.gaps;

  useEffect(() => {
    const element = box.current;
    if (element === null || gaps === undefined) return undefined;
    let gone = false;
    let mine: TerminalView | null = null;
    const url = `/v1/sessions/${encodeURIComponent(id)}/player/index.json${skipIdle ? `?idle_ms=${IDLE_MS}` : ''}`;
    const set = (next: boolean) => {
      if (gone) return;
      here.current.playing = next;
      setPlaying(next);
    };
    const options = { url, startAt: toPlay(here.current.at, gaps), autoPlay: here.current.playing, speed };
    mountRecording(element, options, { playing: () => set(true), paused: () => set(false), ended: () => set(false) })
      .then((made) => {
        if (gone) {
          made.dispose();
          return;
        }
        mine = made;
        view.current = made;
      })
      .catch((thrown: unknown) => !gone && setError(thrown));
    return () => {
      gone = true;
      view.current = null;
      mine?.dispose();
    };
  }, [id, gaps, skipIdle, speed]);

  useEffect(() => {
    if (!playing || gaps === undefined) return undefined;
    const timer = setInterval(() => {
      if (view.current === null) return;
      here.current.at = toReal(view.current.position(), gaps);
      setAt(here.current.at);
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [playing, gaps]);

  const length = map.data?.real_duration_ms ?? 0;
  const seek = useCallback(
    (real: number) => {
      const to = Math.max(0, Math.min(real, length));
      here.current.at = to;
      setAt(to);
      if (gaps !== undefined) void view.current?.seek(toPlay(to, gaps));
    },
    [gaps, length],
  );
  const toggle = useCallback(() => {
    if (here.current.playing) view.current?.pause();
    else view.current?.play();
  }, []);

  // A link to another moment of the same recording.
  useEffect(() => {
    if (startAt !== null && map.isSuccess) seek(startAt);
    // Only when the link changes.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [startAt, map.isSuccess]);

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
    ready: map.isSuccess,
    error: error ?? map.error,
  };
}

export type Playback = ReturnType<typeof usePlayback>;
