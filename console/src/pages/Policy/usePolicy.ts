import { useMutation } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { api, body } from '../../api/client';
import type { PolicyQuestion } from '../../api/types';
import type { Values } from '../../form/field';
import { readDraft } from '../../policy/draft';
import type { Asked } from '../../policy/useReplay';
import { USUAL } from '../../policy/words';

const route = getRouteApi('/signed-in/shell/policy');

/** What is asked and what is drafted; both stay when the other tab is opened. */
export function usePolicy() {
  const search: Record<string, string> = route.useSearch();
  const navigate = useNavigate();
  const { tab = 'ask', ...named } = search;
  const [question, setQuestion] = useState<Values>(named);
  const [text, setText] = useState('');
  const [since, setSince] = useState(USUAL);
  const [asked, setAsked] = useState<Asked | null>(null);
  const draft = useMemo(() => readDraft(text), [text]);
  const test = useMutation({
    mutationFn: (asks: PolicyQuestion) => body(api.POST('/v1/policy/test', { body: asks })),
  });

  const keep = useCallback((values: Values | null) => {
    if (values !== null) setQuestion(values);
  }, []);
  const ask = (values: Values) => {
    const word = (name: string) => String(values[name] ?? '').trim();
    const [user, resource, account, statement, at, from] = [word('user'), word('resource'), word('account'), word('statement'), word('at'), word('from')];
    // A statement can hold what is nobody else's business: it is in no address.
    void navigate({ to: '/policy', search: { user, resource, ...(account === '' ? {} : { account }) }, replace: true });
    test.mutate({
      user,
      resource,
      account: account === '' ? null : account,
      statement: statement === '' ? null : statement,
      ...(at === '' ? {} : { at }),
      ...(from === '' ? {} : { from }),
      documents: values['drafted'] === true && 'documents' in draft ? draft.documents : [],
    });
  };

  return {
    tab,
    show: (next: string) => void navigate({ to: '/policy', search: next === 'ask' ? named : { ...named, tab: next } }),
    question,
    keep,
    test,
    ask,
    text,
    setText,
    draft,
    since,
    setSince,
    asked,
    replay: () => {
      if ('documents' in draft) setAsked((old) => ({ nth: (old?.nth ?? 0) + 1, since, documents: draft.documents }));
    },
  };
}

export type PolicyState = ReturnType<typeof usePolicy>;
