import { describe, expect, it } from 'vitest';
import { busyDays, endingsOf, goalsOf, messageDays, messageRows, partRows, refusalsOf, sentByDay, stepRows, sumOf, totalsOf } from './backtest';
import type { Backtest } from './journeysData';

const cell = (count: number, ...sample: string[]) => ({ count, sample });

const kDocument = {
  key: 'cart',
  steps: [
    { id: 'half', type: 'split', parts: [{ name: 'most', share: 90, next: 'mail' }, { name: 'few', share: 10, holdout: true, next: 'end' }] },
    { id: 'mail', type: 'message', channel: 'email', template: 'cart' },
  ],
};

const kTold: Backtest = {
  journey: 'cart', from: '2026-03-01T00:00:00.000Z', to: '2026-03-04T00:00:00.000Z',
  entered: cell(4, 'p1', 'p2', 'p3'), people: 3, under_way: cell(1, 'p3'),
  refused: { still_running: cell(1, 'p1'), too_soon: cell(2, 'p2'), never: cell(0), no_key: cell(0), too_many: cell(0), paused: cell(0) },
  ended: { completed: cell(1, 'p1'), goal: cell(2, 'p2'), stuck: cell(0) },
  goals: [{ goal: 'bought', ...cell(1, 'p2') }, { goal: 'of a step', ...cell(1, 'p2') }, { goal: 'called', ...cell(0) }],
  days: [{ date: '2026-03-01', entered: 0, sent: 0 }, { date: '2026-03-02', entered: 4, sent: 0 }, { date: '2026-03-03', entered: 0, sent: 2 }],
  steps: [
    {
      step: 'half', visits: 4, runs: cell(4, 'p1', 'p2', 'p3'), stay: cell(0), next: [{ to: 'mail', ...cell(3, 'p1', 'p2') }, { to: 'end', ...cell(1, 'p3') }],
      paths: [{ path: 'most', holdout: false, runs: cell(3, 'p1', 'p2'), goals: cell(2, 'p2') }, { path: 'few', holdout: true, runs: cell(0), goals: cell(0) }],
    },
    {
      step: 'mail', visits: 3, runs: cell(3, 'p1', 'p2'), stay: cell(1, 'p3'), next: [],
      messages: { sent: cell(1, 'p1'), refused: cell(3, 'p2'), expired: cell(0), withdrawn: cell(0), waiting: cell(0) }, reasons: { no_consent: cell(1, 'p2'), capped: cell(2, 'p2') },
      days: [{ date: '2026-03-02', sent: 1, refused: 2, expired: 0 }, { date: '2026-03-03', sent: 0, refused: 1, expired: 0 }],
    },
    { step: 'gone', visits: 0, runs: cell(0), stay: cell(0), next: [], messages: { sent: cell(2, 'p1', 'p4') }, reasons: {}, days: [{ date: '2026-03-02', sent: 2, refused: 0, expired: 0 }] },
  ],
  late_starts: 0,
  meta: { events_scanned: 9, events_taken: 5, profiles_scanned: 3, elapsed_ms: 2, timezone: 'UTC' },
};

describe('a backtest', () => {
  it('tells why people would not have entered, and how runs would have ended, the most first', () => {
    expect(refusalsOf(kTold).map((row) => [row.key, row.of.count])).toEqual([['too_soon', 2], ['still_running', 1]]);
    expect(endingsOf(kTold).map((row) => row.key)).toEqual(['goal', 'completed']);
    expect(goalsOf(kTold).map((row) => row.name)).toEqual(['bought', null]);
  });

  it('has each step with what is written of it, also one that is not', () => {
    const rows = stepRows(kTold, kDocument);
    expect(rows.map((row) => [row.id, row.doc?.type ?? null, row.visits])).toEqual([['half', 'split', 4], ['mail', 'message', 3], ['gone', null, 0]]);
    expect(rows[0]!.next.map((way) => [way.to, way.of.count])).toEqual([['mail', 3], ['end', 1]]);
    expect(stepRows(kTold, null).every((row) => row.doc === null)).toBe(true);
  });

  it('has the messages of each step that asked for any, with every fate, and why not', () => {
    const [mail, gone] = messageRows(kTold, kDocument);
    expect([mail!.name, mail!.channel, mail!.template, mail!.fates.sent.count]).toEqual(['mail', 'email', 'cart', 1]);
    expect(mail!.reasons.map((row) => [row.key, row.of.count])).toEqual([['capped', 2], ['no_consent', 1]]);
    expect([gone!.template, gone!.fates.sent.count, gone!.fates.waiting.count]).toEqual(['', 2, 0]);
  });

  it('has parts with their share, and none where nobody went', () => {
    expect(partRows(kTold).map((row) => [row.path, row.isHoldout, row.share])).toEqual([['most', false, 2 / 3], ['few', true, null]]);
  });

  it('has with each number the way to it, by which its people are asked for', () => {
    const [half, mail] = stepRows(kTold, kDocument);
    expect([half!.runs.way, half!.next[1]!.of.way]).toEqual([['steps', 'half', 'runs'], ['steps', 'half', 'next', 'end']]);
    expect(mail!.stay.way).toEqual(['steps', 'mail', 'stay']);
    expect(partRows(kTold)[0]!.goals.way).toEqual(['steps', 'half', 'paths', 'most', 'goals']);
    const [row] = messageRows(kTold, kDocument);
    expect([row!.fates.sent.way, row!.reasons[0]!.of.way]).toEqual([['steps', 'mail', 'messages', 'sent'], ['steps', 'mail', 'reasons', 'capped']]);
    expect([refusalsOf(kTold)[0]!.of.way, endingsOf(kTold)[0]!.of.way, goalsOf(kTold)[1]!.of.way]).toEqual([['refused', 'too_soon'], ['ended', 'goal'], ['goals', 'of a step']]);
    expect(busyDays(kTold)[0]!.entered.way).toEqual(['days', '2026-03-02', 'entered']);
  });

  it('has the messages of each day by step, and what is sent on every day of the range', () => {
    expect(messageDays(kTold).map((row) => [row.date, row.id, row.sent, row.refused])).toEqual([['2026-03-02', 'mail', 1, 2], ['2026-03-02', 'gone', 2, 0], ['2026-03-03', 'mail', 0, 1]]);
    expect(sentByDay(kTold, 'mail')).toEqual([[0, 0], [1, 1], [2, 0]]);
    expect(sentByDay(kTold, 'half')).toEqual([[0, 0], [1, 0], [2, 0]]);
  });

  it('sums, with each person once and no more than a few', () => {
    const { sent, refused, goals } = totalsOf(kTold);
    expect([sent, refused]).toEqual([cell(3, 'p1', 'p4'), cell(3, 'p1', 'p2')]);
    expect(goals).toEqual({ ...cell(2, 'p2'), way: ['ended', 'goal'] });
    expect(sumOf([cell(0), { ...cell(2, 'a'), way: ['entered'] }])).toEqual({ ...cell(2, 'a'), way: ['entered'] }); // Of one it is that one.
    expect(sumOf([cell(4, 'a', 'b', 'c', 'd'), cell(4, 'd', 'e', 'f')])).toEqual(cell(8, 'a', 'b', 'c', 'd', 'e'));
    expect(sumOf([])).toEqual(cell(0));
  });

  it('leaves out days on which nothing happens, and changes nothing of what it was told', () => {
    const before = JSON.stringify(kTold);
    expect(busyDays(kTold).map((day) => day.date)).toEqual(['2026-03-02', '2026-03-03']);
    refusalsOf(kTold), messageRows(kTold, kDocument), totalsOf(kTold);
    expect(JSON.stringify(kTold)).toBe(before);
  });
});
