import type { PolicyVerdict } from '../api/types';
import { IconBan, IconCheck, IconClock } from '../ui/icons';
import { Tag, type TagTone } from '../ui/Tag';

const looks: Record<string, { word: string; tone: TagTone; icon: typeof IconBan; help: string }> = {
  allow: { word: 'allowed', tone: 'ok', icon: IconCheck, help: 'It goes on' },
  deny: { word: 'refused', tone: 'danger', icon: IconBan, help: 'A rule denies it, or none allows it' },
  review: { word: 'reviewed', tone: 'warn', icon: IconClock, help: 'Reviewers have to agree before the session begins' },
  hold: { word: 'held', tone: 'warn', icon: IconClock, help: 'Reviewers have to agree before it is sent' },
};

/** What rules say, in a word. */
export function Verdict({ verdict }: { verdict: PolicyVerdict }) {
  const look = looks[verdict.effect] ?? { word: verdict.effect, tone: 'plain', icon: IconClock, help: '' };
  return (
    <span title={look.help}>
      <Tag tone={look.tone}>
        <look.icon size={12} stroke={2.2} aria-hidden />
        {look.word}
      </Tag>
    </span>
  );
}
