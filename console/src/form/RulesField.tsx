import { Button } from '../ui/Button';
import { IconButton } from '../ui/IconButton';
import { IconPlus, IconX } from '../ui/icons';
import { SelectField, TextField } from '../ui/fields';
import { ManyField, TagsField } from '../ui/many';
import type { Values } from './field';
import styles from './Form.module.css';
import { blank, effectOf, KINDS, reviewersOf, withEffect, withReviewers, type About, type Rule } from './rules';

const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const none = { required: undefined, error: undefined };

interface Props {
  about: About;
  label: string;
  help: string | undefined;
  value: unknown;
  onChange(value: unknown): void;
}

/** Rules on statements or commands: what each is about, and whether it refuses or lets reviewers decide. */
export function RulesField({ about, label, help, value, onChange }: Props) {
  const rules: Rule[] = Array.isArray(value) ? (value as Rule[]) : [];
  const put = (at: number, rule: Rule) => onChange(rules.map((one, here) => (here === at ? rule : one)));
  return (
    <div className={styles['pair']} role="group" aria-label={label}>
      <div className="muted">{help}</div>
      {rules.map((rule, at) => (
        // Rules have no names of their own that are unique, and stay in their order.
        // oxlint-disable-next-line react/no-array-index-key
        <OneRule key={at} about={about} number={at + 1} rule={rule} onChange={(next) => put(at, next)} onRemove={() => onChange(rules.filter((_, here) => here !== at))} />
      ))}
      <div>
        <Button small icon={<IconPlus size={14} />} onClick={() => onChange([...rules, blank(about)])}>
          Add a rule
        </Button>
      </div>
    </div>
  );
}

function OneRule({ about, number, rule, onChange, onRemove }: { about: About; number: number; rule: Rule; onChange(rule: Rule): void; onRemove(): void }) {
  const effect = effectOf(rule);
  const reviewers = reviewersOf(rule);
  const set = (part: Values) => onChange({ ...rule, ...part });
  const hours = typeof rule.hours === 'string' ? rule.hours : '';
  return (
    <fieldset className={styles['rule']}>
      <legend>Rule {number}</legend>
      <span className={styles['remove']}>
        <IconButton small label={`Remove rule ${number}`} onClick={onRemove}>
          <IconX size={15} />
        </IconButton>
      </span>
      <TextField {...none} label="Name" help="What refusals, requests and the log call it" placeholder={about === 'statements' ? 'no changes of the schema' : 'four eyes for root'} value={rule.name ?? ''} onChange={(name) => set({ name })} />
      <SelectField
        {...none}
        label={`What becomes of such ${about}`}
        clearable={false}
        choices={[
          { value: 'deny', label: 'They are refused' },
          { value: 'hold', label: 'They wait until reviewers agree' },
        ]}
        value={effect}
        onChange={(next) => onChange(withEffect(rule, next === 'hold' ? 'hold' : 'deny'))}
      />
      {about === 'statements' ? (
        <>
          <ManyField {...none} label="Statements that do one of these" help="None for whatever they do" choices={KINDS} value={list(rule[effect])} onChange={(kinds) => set({ [effect]: kinds })} />
          <TagsField {...none} label="About one of these tables" help="table, schema.table or schema.*; none for any" placeholder="hr.salaries" value={list(rule.tables)} onChange={(tables) => set({ tables })} />
        </>
      ) : (
        <TagsField
          {...none}
          label="Lines that run one of these"
          help="A program and words behind it; * stands for any signs; none for every line"
          placeholder="systemctl stop"
          value={list(rule[effect])}
          onChange={(patterns) => set({ [effect]: patterns })}
        />
      )}
      <TextField
        {...none}
        label="Between these hours, in UTC"
        placeholder="22:00-06:00"
        error={hours === '' || /^\d{2}:\d{2}-\d{2}:\d{2}$/.test(hours) ? undefined : 'Write them as 22:00-06:00'}
        value={hours}
        onChange={(next) => set({ hours: next.trim() === '' ? undefined : next.trim() })}
      />
      {effect === 'deny' ? (
        <TextField {...none} label="What the user reads" help="The name when empty" value={rule.message ?? ''} onChange={(message) => set({ message })} />
      ) : reviewers === null ? (
        <div className="muted">Several tiers of reviewers decide; they are edited as a document.</div>
      ) : (
        <TagsField {...none} label="Groups of whom one has to agree" help="Without any, administrators decide" value={reviewers} onChange={(groups) => onChange(withReviewers(rule, groups))} />
      )}
    </fieldset>
  );
}
