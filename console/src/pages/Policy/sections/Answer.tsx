import type { PolicyAnswer, PolicyQuestion } from '../../../api/types';
import { count } from '../../../format';
import { ObjectLink } from '../../../object/ObjectLink';
import { Verdict } from '../../../policy/Verdict';
import styles from '../Policy.module.css';

/** What the rules say, and which of them and why. */
export function Answer({ answer, question }: { answer: PolicyAnswer; question: PolicyQuestion }) {
  const { session, statement, account, profile, hours, network } = answer;
  const asked = question.statement ?? '';
  return (
    <div className={styles['answer']} role="status">
      <section className={styles['card']} aria-labelledby="of-session">
        <h2 id="of-session">
          <Verdict verdict={session} /> A session of {question.user} on {question.resource}
        </h2>
        <dl>
          <dt>Rule</dt>
          <dd>{session.rule === '' ? <span className="muted">none gives it</span> : <ObjectLink kind="access_rule" name={session.rule} />}</dd>
          {session.words !== '' && (
            <>
              <dt>Why</dt>
              <dd>
                <q>{session.words}</q>
              </dd>
            </>
          )}
          {account !== '' && (
            <>
              <dt>Account</dt>
              <dd>{account}</dd>
            </>
          )}
          {profile !== '' && (
            <>
              <dt>Profile</dt>
              <dd>
                <Profile name={profile} />
              </dd>
            </>
          )}
          {hours !== null && (
            <>
              <dt>Hours</dt>
              <dd>{hours}</dd>
            </>
          )}
          {network !== null && (
            <>
              <dt>From</dt>
              <dd>{network}</dd>
            </>
          )}
        </dl>
      </section>
      {asked !== '' && (
        <section className={styles['card']} aria-labelledby="of-statement">
          <h2 id="of-statement">
            {statement !== null && <Verdict verdict={statement} />} {statement === null ? 'The statement is not judged' : 'The statement'}
          </h2>
          <pre tabIndex={0} role="region" aria-label="What would be sent">
            {asked}
          </pre>
          {statement === null ? (
            <p className="muted">
              {session.effect === 'deny' ? 'There would be no session to send it in.' : `Only those of PostgreSQL, MySQL and MariaDB are, and ${question.resource} is none of these.`}
            </p>
          ) : (
            <dl>
              <dt>Rule</dt>
              <dd>
                {statement.rule === '' ? <span className="muted">none stands against it</span> : statement.rule}
                {statement.rule !== '' && (
                  <>
                    {' '}
                    of profile <Profile name={profile} />
                  </>
                )}
              </dd>
              {statement.words !== '' && (
                <>
                  <dt>Why</dt>
                  <dd>
                    <q>{statement.words}</q>
                  </dd>
                </>
              )}
            </dl>
          )}
        </section>
      )}
      <p className="muted">
        By version {count(answer.directory_version)} of what is declared{question.at !== undefined && `, at ${question.at}`}
        {(question.documents?.length ?? 0) > 0 && ', with the draft on top of them'}.
      </p>
    </div>
  );
}

/** The one that is built in has no page. */
function Profile({ name }: { name: string }) {
  return name === 'default' ? <>default, which is built in</> : <ObjectLink kind="profile" name={name} />;
}
