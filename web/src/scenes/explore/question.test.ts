import { describe, expect, it } from 'vitest';
import { decodeQuestion, encodeQuestion, explorePath, missingOf, questionOfAnswer, startOf, withOrder, withSteps, type FunnelQuestion, type QueryAnswer, type Question } from './question';

describe('a funnel', () => {
  const step = (event: string, more = {}) => ({ event, ...more });
  const funnel = { kind: 'funnel', steps: [step('A'), step('B', { optional: true }), step('C'), step('D')], ties: 'strict',
    exclusions: [{ event: 'X', from_step: 3, to_step: 4 }, { event: 'Y' }], breakdown: { property: 'p', at: 'step', step: 4 } } as FunnelQuestion;

  it('that loses a step names it no more', () => {
    const shorter = withSteps(funnel, funnel.steps.slice(0, 3));
    expect(shorter.exclusions).toEqual([{ event: 'X' }, { event: 'Y' }]);
    expect(shorter.breakdown).toEqual({ property: 'p', at: 'first' });
    expect(withSteps(funnel, [funnel.steps[1]!, funnel.steps[0]!]).steps).toEqual([step('B'), step('A')]);
    expect(withSteps(funnel, funnel.steps)).toEqual(funnel);
  });

  it('in any order has no places between steps', () => {
    const any = withOrder(funnel, 'any');
    expect(any).toMatchObject({ order: 'any', exclusions: [{ event: 'X' }, { event: 'Y' }] });
    expect([any.ties, any.steps[1]]).toEqual([undefined, step('B')]);
    expect(withOrder(funnel, 'strict')).toEqual({ ...funnel, order: 'strict' });
  });
});

describe('a question', () => {
  it('comes back from an address as it went', () => {
    const question: Question = { ...(startOf('trend') as object), where: { property: 'a&b', op: 'eq', value: 'ü=%' } } as Question;
    const params = new URLSearchParams(explorePath(question).split('?')[1]);
    expect(decodeQuestion(params.get('q'))).toEqual(question);
  });

  it('is none when the address is cut or of something else', () => {
    for (const text of [null, '', '{', '3', 'null', '{"kind":"funnel","steps":[null]}', '{"kind":"trend","series":[{"measure":"most"}]}', '{"kind":"attribution","conversion":[],"from":3}', '{"kind":"sql"}', '{"kind":"trend","series":[]}', '{"kind":"funnel","steps":[],"compare":"before"}', encodeQuestion(startOf('funnel')).slice(0, -3)]) expect(decodeQuestion(text)).toBeNull();
  });

  it('of another kind is about the same events and the same range', () => {
    const funnel = { kind: 'funnel', from: '2026-01-01', to: '2026-02-01', steps: [{ event: 'Viewed' }, { event: 'Bought', where: { property: 'n', op: 'gt', value: 1 } }] } as FunnelQuestion;
    expect(startOf('attribution', funnel)).toMatchObject({ from: '2026-01-01', to: '2026-02-01', conversion: { event: 'Bought', where: { property: 'n' } } });
    expect(startOf('trend', funnel)).toMatchObject({ series: [{ event: 'Bought', measure: 'events' }] });
    expect(startOf('retention', funnel)).toMatchObject({ from: '2026-01-01', cohort: { event: 'Viewed' } });
    expect(startOf('funnel', startOf('trend'))).toMatchObject({ steps: [{}] });
  });

  it('of another kind is compared with the same', () => {
    const yearly = { ...startOf('trend'), compare: 'year' } as Question;
    expect(startOf('funnel', yearly)).toMatchObject({ compare: 'year' });
    expect(decodeQuestion(encodeQuestion(yearly))).toEqual(yearly);
  });

  it('asks for people of exactly the range that was counted, and compares them with nobody', () => {
    const answer = { meta: { from: '2026-01-01T00:00:00Z', to: '2026-01-08T00:00:00Z' } } as QueryAnswer;
    expect(questionOfAnswer({ ...startOf('trend'), compare: 'previous' } as Question, answer)).toEqual({ ...startOf('trend'), from: '2026-01-01T00:00:00Z', to: '2026-01-08T00:00:00Z' });
  });

  it('says what is still to be chosen', () => {
    expect(missingOf(startOf('trend'))).toBeNull();
    expect(missingOf(startOf('funnel'))).toBe('step');
    expect(missingOf(startOf('retention'))).toBe('cohort');
    expect(missingOf(startOf('attribution'))).toBe('conversion');
    expect(missingOf({ kind: 'trend', from: '-1d', interval: 'day', series: [{ event: 'x', measure: 'sum' }] })).toBe('property');
  });
});
