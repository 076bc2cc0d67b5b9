import { describe, expect, it } from 'vitest';
import { toPlay, toReal, type Gap } from './timemap';

// 10 s of work, a pause of which 50 s are cut, 20 s of work, a pause of which 100 s are cut, more work.
const gaps: Gap[] = [
  { real_ms: 60_000, play_ms: 10_000, cut_ms: 50_000 },
  { real_ms: 180_000, play_ms: 30_000, cut_ms: 100_000 },
];

describe('the two clocks', () => {
  it('agree where nothing is cut', () => {
    for (const t of [0, 5000, 123_456]) {
      expect(toPlay(t, [])).toBe(t);
      expect(toReal(t, [])).toBe(t);
    }
  });
  it('differ by what was cut before', () => {
    expect(toPlay(9000, gaps)).toBe(9000);
    expect(toPlay(70_000, gaps)).toBe(20_000);
    expect(toPlay(190_000, gaps)).toBe(40_000);
  });
  it('put a moment inside a cut where play goes on', () => {
    expect(toPlay(35_000, gaps)).toBe(10_000);
    expect(toPlay(179_999, gaps)).toBe(30_000);
  });
  it('lead there and back for every moment that is played', () => {
    for (const real of [0, 9999, 60_001, 79_999, 180_001, 500_000]) expect(toReal(toPlay(real, gaps), gaps)).toBe(real);
  });
  it('never run backwards', () => {
    let before = -1;
    for (let play = 0; play < 60_000; play += 250) {
      const real = toReal(play, gaps);
      expect(real).toBeGreaterThan(before);
      before = real;
    }
  });
});
