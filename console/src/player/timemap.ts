/**
 * The two clocks of a recording. Real time is what the log, links and the strip use; play time is the player's, shorter by
 * the idle stretches that the server has cut out.
 */
export interface Gap {
  /** Where in real time the cut ends and play goes on. */
  real_ms: number;
  /** The same point in play time; the beginning of the cut has it as well. */
  play_ms: number;
  /** How much is cut out. */
  cut_ms: number;
}

/** Real to play time. A moment inside a cut is the point where play goes on. */
export function toPlay(real: number, gaps: readonly Gap[]): number {
  let cut = 0;
  for (const gap of gaps) {
    if (real <= gap.real_ms - gap.cut_ms) break;
    if (real < gap.real_ms) return gap.play_ms;
    cut += gap.cut_ms;
  }
  return real - cut;
}

/** Play to real time. */
export function toReal(play: number, gaps: readonly Gap[]): number {
  let cut = 0;
  for (const gap of gaps) {
    if (play < gap.play_ms) break;
    cut += gap.cut_ms;
  }
  return play + cut;
}
