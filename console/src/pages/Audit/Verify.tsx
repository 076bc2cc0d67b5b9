import { useMutation } from '@tanstack/react-query';
import { api, body } from '../../api/client';
import { Problem } from '../../api/problem';
import { count } from '../../format';
import { Button } from '../../ui/Button';
import { IconShield } from '../../ui/icons';
import { toast } from '../../ui/toast';

/** Checks the chain of hashes and the signatures from end to end. */
export function Verify() {
  const verify = useMutation({
    mutationFn: () => body(api.GET('/v1/audit/verify')),
    onSuccess: (answer) => {
      const { intact, lines, fault, broken_at: at, signed_to: signed } = answer;
      toast(intact ? `The audit log is intact: ${count(lines)} lines, signed up to line ${count(signed)}` : `The audit log has been changed at line ${at ?? '?'}: ${fault ?? 'the chain is broken'}`, !intact);
    },
    onError: (thrown) => toast(Problem.of(thrown).message, true),
  });
  return (
    <Button icon={<IconShield size={15} />} busy={verify.isPending} onClick={() => verify.mutate()}>
      Verify
    </Button>
  );
}
