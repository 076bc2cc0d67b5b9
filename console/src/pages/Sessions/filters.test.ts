import { describe, expect, it } from 'vitest';
import { applied, looksLikeId, toQuery, values, withFilter, withValue } from './filters';

describe('filters', () => {
  it('ask for every state in the last 30 days when none is set', () => {
    expect(toQuery({})).toEqual({ status: 'all', sort: 'created_at:desc' });
  });
  it('replace the default states', () => {
    expect(toQuery({ status: 'failed', sort: 'user:asc' })).toEqual({ status: 'failed', sort: 'user:asc' });
  });
  it('let exact times win over a preset', () => {
    const query = toQuery({ last: '24h', since: '2026-01-01T00:00:00Z' });
    expect(query['since']).toBe('2026-01-01T00:00:00Z');
    expect(query).not.toHaveProperty('last');
  });
  it('hold several values of one column', () => {
    const two = withValue(withValue({}, 'type', 'ssh', true), 'type', 'tcp', true);
    expect(two).toEqual({ type: 'ssh,tcp' });
    expect(values(two, 'type')).toEqual(['ssh', 'tcp']);
    expect(withValue(two, 'type', 'ssh', false)).toEqual({ type: 'tcp' });
    expect(withValue({ type: 'tcp' }, 'type', 'tcp', false)).toEqual({});
  });
  it('leave the address when they are empty', () => expect(withFilter({ search: 'x' }, 'search', '')).toEqual({}));
  it('show as one tag for each value', () => {
    expect(applied({ status: 'active,failed', client_ip: '10.0.0.0/8', sort: 'x', search: 'y' })).toEqual([
      { key: 'status', value: 'active', title: 'State' },
      { key: 'status', value: 'failed', title: 'State' },
      { key: 'client_ip', value: '10.0.0.0/8', title: 'Client address' },
    ]);
  });
});

describe('an id', () => {
  it.each(['0198c5de', '0198c5de-7d2c-7b1a-8c3e-001122334455', '0198C5DE-7'])('may be %s', (text) =>
    expect(looksLikeId(text)).toBe(true),
  );
  it.each(['0198c5d', 'deadbeef!', 'root@host', ''])('is not %j', (text) => expect(looksLikeId(text)).toBe(false));
});
