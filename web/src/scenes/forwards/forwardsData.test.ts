import { describe, expect, it } from 'vitest';
import { draftOf, kNewDraft, writeOf, type Forward } from './forwardsData';

const standing: Forward = {
  key: 'w', name: 'Warehouse', description: 'Of the loader', url: 'https://x.example/b', write_key_set: true, enabled: true, types: ['track'], where: { source: ['web'] },
  include_history: false, batch_events: 100, allows_private: false, state: 'behind', position: '0:7', log_begins_at: '0:40', lag_records: 60, lag_seconds: null, sent: 1, refused: 0,
  repeated: 0, last_error: null, last_error_at: null, next_try_at: null, managed_by: 'screen', created_at: '', created_by: '', updated_at: '', updated_by: '',
};

describe('a forward in a form', () => {
  it('is written as it was read, without its key', () => {
    const written = writeOf(draftOf(standing), standing);
    expect(written).toMatchObject({ name: 'Warehouse', description: 'Of the loader', url: 'https://x.example/b', types: ['track'] });
    expect(JSON.stringify(written.where)).toContain('web');
    expect(written).not.toHaveProperty('write_key');
    expect(written).not.toHaveProperty('from');
  });

  it('begins anew where somebody says', () => {
    expect(writeOf({ ...draftOf(standing), from: 'now' }, standing).from).toBe('now');
    expect(writeOf({ ...draftOf(standing), from: 'oldest' }, standing).from).toBe('0:40');
  });

  it('leaves out what was not said', () => {
    const written = writeOf({ ...kNewDraft, name: ' W ', url: 'https://x.example/', writeKey: 'k' }, null);
    expect(written).toMatchObject({ name: 'W', write_key: 'k' });
    for (const field of ['types', 'where', 'from', 'description']) expect(written).not.toHaveProperty(field);
  });

  it('keeps conditions as text where rows cannot show them', () => {
    const odd = { ...standing, where: { not: { and: [{ property: 'a', op: 'eq', value: { b: 1 } }] } } as unknown as Forward['where'] };
    expect(writeOf(draftOf(odd), odd).where).toEqual(odd.where);
  });
});
