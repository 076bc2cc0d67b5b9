import { get, writeDuration, type Field, type Values } from '../form/field';
import { wordsOf, type Step } from '../form/steps';
import * as windows from '../form/windows';
import { TypeTag } from '../session/TypeTag';
import { Tag } from '../ui/Tag';
import { ObjectLink } from './ObjectLink';
import styles from './Value.module.css';

const none = <span className="muted">–</span>;

const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

function commas(parts: React.ReactNode[]): React.ReactNode {
  return parts.map((part, at) => (
    // The order is the object's own, and nothing in it moves while it is shown.
    // oxlint-disable-next-line react/no-array-index-key
    <span key={at}>
      {at > 0 && ', '}
      {part}
    </span>
  ));
}

function Labels({ value, short }: { value: unknown; short: boolean }) {
  const entries = Object.entries((value ?? {}) as Record<string, string>);
  if (entries.length === 0) return none;
  return (
    <span className={styles[short ? 'oneline' : 'tags']} title={short ? entries.map(([key, one]) => `${key}=${one}`).join(', ') : undefined}>
      {entries.map(([key, one]) => (
        <Tag key={key} mono>
          {key}={one}
        </Tag>
      ))}
    </span>
  );
}

function Names({ kind, value, all, stop }: { kind: string; value: string[]; all: string; stop: boolean }) {
  if (value.length === 0) return none;
  return commas(value.map((name) => (name === '*' ? all : <ObjectLink key={name} kind={kind} name={name} stop={stop} />)));
}

/** What an object says in one field, as it stands in lists and where nothing can be changed. */
export function Value({ field, spec, short = false }: { field: Field; spec: Values; short?: boolean }) {
  const value = get(spec, field.name);
  switch (field.type) {
    case 'switch': {
      const { on = { word: 'yes' }, off = { word: 'no' } } = field;
      const { word, tone = 'plain' } = value === true ? on : off;
      return <Tag tone={tone}>{word}</Tag>;
    }
    case 'choice': {
      if (value === undefined || value === null || value === '') return field.none === undefined ? none : <span className="muted">{field.none}</span>;
      if (field.look === 'protocol') return <TypeTag type={String(value)} />;
      const choice = field.choices.find((one) => one.value === value);
      if (choice?.tone !== undefined) return <Tag tone={choice.tone}>{choice.label.toLowerCase()}</Tag>;
      return <>{(short ? choice?.short : undefined) ?? choice?.label ?? String(value)}</>;
    }
    case 'many': {
      const words = list(value).map((one) => field.choices.find((choice) => choice.value === one) ?? { value: one, label: one });
      return words.length === 0 ? none : <>{words.map((one) => (short ? one.short : undefined) ?? one.label).join(', ')}</>;
    }
    case 'duration':
      if (typeof value !== 'number') return none;
      return <>{value === 0 && field.zero !== undefined ? field.zero : writeDuration(value)}</>;
    case 'lines': {
      const lines = list(value);
      if (lines.length === 0) return none;
      return short ? <>{lines.length}</> : <pre className={styles['lines']}>{lines.join('\n')}</pre>;
    }
    case 'words':
      return list(value).length === 0 ? none : <>{list(value).join(', ')}</>;
    case 'windows': {
      const words = Array.isArray(value) ? (value as windows.Window[]).map(windows.wordsOf) : [];
      return words.length === 0 ? none : <>{words.join('; ')}</>;
    }
    case 'labels':
      return <Labels value={value} short={short} />;
    case 'ref':
      return typeof value === 'string' && value !== '' ? <ObjectLink kind={field.kind} name={value} stop={!short} /> : <span className="muted">{short ? '–' : field.none}</span>;
    case 'refs':
      return <Names kind={field.kind} value={list(value)} all={field.all ?? 'all'} stop={!short} />;
    case 'selector': {
      const { names, labels } = (value ?? {}) as { names?: string[]; labels?: Record<string, string> };
      const [some, tagged] = [names !== undefined && names.length > 0, Object.keys(labels ?? {}).length > 0];
      if (!some && !tagged) return none;
      return (
        <span className={styles[short ? 'oneline' : 'tags']}>
          {some && (
            <span>
              <Names kind={field.kind} value={names ?? []} all={field.all} stop={!short} />
            </span>
          )}
          {tagged && <Labels value={labels} short={short} />}
        </span>
      );
    }
    case 'rules': {
      const rules = Array.isArray(value) ? (value as { name?: string; hold?: unknown }[]) : [];
      return rules.length === 0 ? none : <>{rules.map((rule) => `${rule.name || 'without a name'} (${rule.hold === undefined ? 'refuses' : 'holds'})`).join(', ')}</>;
    }
    case 'steps': {
      const steps = Array.isArray(value) ? (value as Step[]) : [];
      return steps.length === 0 ? none : <>{steps.map(wordsOf).join('; ')}</>;
    }
    case 'secret':
    case 'secret-area':
      return <span className="muted">sealed; it never comes out</span>;
    default:
      return value === undefined || value === null || value === '' ? none : <span className={field.type === 'mono' ? 'mono' : ''}>{String(value)}</span>;
  }
}
