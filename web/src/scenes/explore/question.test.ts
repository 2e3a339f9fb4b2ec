import { describe, expect, it } from 'vitest';
import { decodeQuestion, encodeQuestion, explorePath, leavesOf, missingOf, questionBefore, rangeBefore, startOf, whereOf, type FunnelQuestion, type Question } from './question';

const now = new Date('2026-03-15T12:00:00Z');

describe('the period before', () => {
  it('is as long and ends where the range begins', () => {
    expect(rangeBefore('-30d', undefined, now)).toEqual({ from: '-60d', to: '-30d' });
    expect(rangeBefore('-3mo', undefined, now)).toEqual({ from: '-6mo', to: '-3mo' });
    expect(rangeBefore('2026-03-10', '2026-03-15', now)).toEqual({ from: '2026-03-05', to: '2026-03-10' });
  });

  it('of whole months is the months before, however long', () => {
    expect(rangeBefore('2026-03-01', '2026-04-01', now)).toEqual({ from: '2026-02-01', to: '2026-03-01' });
    expect(rangeBefore('2026-01-01', '2026-04-01', now)).toEqual({ from: '2025-10-01', to: '2026-01-01' });
  });

  it('of a range that ends now, or at an instant, is counted in time', () => {
    expect(rangeBefore('2026-03-15T00:00:00.000Z', undefined, now)).toEqual({ from: '2026-03-14T12:00:00.000Z', to: '2026-03-15T00:00:00.000Z' });
    expect(rangeBefore('-2d', '-1d', now)).toEqual({ from: '2026-03-12T12:00:00.000Z', to: '2026-03-13T12:00:00.000Z' });
  });

  it('keeps all else of the question', () => {
    const question = startOf('funnel');
    expect(questionBefore(question, now)).toEqual({ ...question, from: '-60d', to: '-30d' });
  });
});

describe('conditions', () => {
  const leaf = { property: 'plan', op: 'eq' as const, value: 'pro' };

  it('are read from and written in the grammar of the API', () => {
    expect(leavesOf(undefined)).toEqual([]);
    expect(leavesOf(leaf)).toEqual([leaf]);
    expect(leavesOf([leaf, leaf])).toEqual([leaf, leaf]);
    expect(leavesOf({ and: [leaf] })).toEqual([leaf]);
    expect(whereOf([])).toBeUndefined();
    expect(whereOf([leaf])).toEqual(leaf);
    expect(whereOf([leaf, leaf])).toEqual({ and: [leaf, leaf] });
  });

  it('that the builder cannot write are left as they are', () => {
    for (const where of [{ or: [leaf] }, { not: leaf }, { and: [{ or: [leaf] }] }, { did: 'Order Completed' }, 'plan']) expect(leavesOf(where)).toBeNull();
  });
});

describe('a question', () => {
  it('comes back from an address as it went', () => {
    const question: Question = { ...(startOf('trend') as object), where: { property: 'a&b', op: 'eq', value: 'ü=%' } } as Question;
    const params = new URLSearchParams(explorePath(question, true).split('?')[1]);
    expect(decodeQuestion(params.get('q'))).toEqual(question);
    expect(params.get('compare')).toBe('before');
  });

  it('is none when the address is cut or of something else', () => {
    for (const text of [null, '', '{', '3', 'null', '{"kind":"funnel","steps":[null]}', '{"kind":"trend","series":[{"measure":"most"}]}', '{"kind":"attribution","conversion":[],"from":3}', '{"kind":"sql"}', '{"kind":"trend","series":[]}', encodeQuestion(startOf('funnel')).slice(0, -3)]) expect(decodeQuestion(text)).toBeNull();
  });

  it('of another kind is about the same events and the same range', () => {
    const funnel = { kind: 'funnel', from: '2026-01-01', to: '2026-02-01', steps: [{ event: 'Viewed' }, { event: 'Bought', where: { property: 'n', op: 'gt', value: 1 } }] } as FunnelQuestion;
    expect(startOf('attribution', funnel)).toMatchObject({ from: '2026-01-01', to: '2026-02-01', conversion: { event: 'Bought', where: { property: 'n' } } });
    expect(startOf('trend', funnel)).toMatchObject({ series: [{ event: 'Bought', measure: 'events' }] });
    expect(startOf('retention', funnel)).toMatchObject({ from: '2026-01-01', cohort: { event: 'Viewed' } });
    expect(startOf('funnel', startOf('trend'))).toMatchObject({ steps: [{}] });
  });

  it('says what is still to be chosen', () => {
    expect(missingOf(startOf('trend'))).toBeNull();
    expect(missingOf(startOf('funnel'))).toBe('step');
    expect(missingOf(startOf('retention'))).toBe('cohort');
    expect(missingOf(startOf('attribution'))).toBe('conversion');
    expect(missingOf({ kind: 'trend', from: '-1d', interval: 'day', series: [{ event: 'x', measure: 'sum' }] })).toBe('property');
  });
});
