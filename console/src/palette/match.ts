/** Finding entries by what is typed. Pure. */
export interface Findable {
  title: string;
  /** Other words that lead here. */
  words?: string;
}

/** How well an entry fits: lower is better, `null` not at all. Every word that is typed must occur. */
export function fit(entry: Findable, text: string): number | null {
  const wanted = text.trim().toLowerCase().split(/\s+/).filter((word) => word !== '');
  const title = entry.title.toLowerCase();
  const others = (entry.words ?? '').toLowerCase().split(/\s+/).flatMap((word) => [word, ...word.split(/[._@-]/)]);
  // In its name a piece is enough; in what else leads to it only the beginning of a word, or too much would.
  if (!wanted.every((word) => title.includes(word) || others.some((other) => other.startsWith(word)))) return null;
  const whole = wanted.join(' ');
  if (title === whole) return 0;
  if (title.startsWith(whole)) return 1;
  if (title.split(/[\s._-]+/).some((word) => word.startsWith(whole))) return 2;
  return title.includes(whole) ? 3 : 4;
}

/** The entries that fit, best first; the order is kept among those that fit equally well. */
export function find<T extends Findable>(entries: T[], text: string, most: number): T[] {
  if (text.trim() === '') return entries.slice(0, most);
  return entries
    .flatMap((entry) => {
      const rank = fit(entry, text);
      return rank === null ? [] : [{ entry, rank }];
    })
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map((one) => one.entry);
}
