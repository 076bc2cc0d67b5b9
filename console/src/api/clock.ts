/** The server's time, so that durations of running sessions are right also where the local clock is wrong. */
let skew = 0;

/** Learns the server's time; differences below `grain` (the precision of the source) are not worth a change. */
export function syncClock(server: number, grain: number): void {
  if (Number.isNaN(server)) return;
  const seen = server - Date.now();
  if (Math.abs(seen - skew) > grain + 500) skew = seen;
}

/** Gives the server's time in milliseconds. */
export function serverNow(): number {
  return Date.now() + skew;
}
