import { Problem } from '../api/problem';
import { Notice } from '../ui/Notice';
import { Trouble } from '../ui/Trouble';
import { Waiting } from '../ui/Waiting';
import { Replayed } from './Replayed';
import { useReplay, type Asked } from './useReplay';

/** Holds a draft against what was done, and shows of what it says something else than what became of it. */
export function Replay({ asked }: { asked: Asked }) {
  const replay = useReplay(asked);
  if (replay.isFetching) return <Waiting label="Holding it against what was done" />;
  if (replay.data !== undefined) return <Replayed answer={replay.data} />;
  const problem = Problem.of(replay.error);
  if (problem.status !== 422) return <Trouble error={problem} retry={() => void replay.refetch()} />;
  return (
    <div role="alert">
      <Notice tone="danger" title="The draft cannot be applied">
        {problem.message}
      </Notice>
    </div>
  );
}
