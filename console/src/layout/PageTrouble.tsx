import { useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { Trouble } from '../ui/Trouble';

/** A page that could not be drawn. */
export function PageTrouble({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <Trouble
      page
      error={error}
      retry={() => {
        reset();
        void router.invalidate();
      }}
    />
  );
}
