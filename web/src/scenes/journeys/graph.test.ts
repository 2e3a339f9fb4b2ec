import { describe, expect, it } from 'vitest';
import { graphOf, graphOfVersion, kEnd, kStart, type VersionReport } from './graph';

const kDocument = {
  key: 'cart',
  steps: [
    { id: 'quiet', type: 'wait_for', events: [{ event: 'A', next: 'quiet' }, { event: 'B', next: 'quiet' }], timeout: '1h' },
    { id: 'half', type: 'split', parts: [{ name: 'most', share: 90, next: 'mail' }, { name: 'few', share: 10, holdout: true, next: 'end' }] },
    { id: 'mail', type: 'message', next: 'ask' },
    { id: 'ask', type: 'task', due: '1d', escalated: 'mail', next: 'nowhere' },
  ],
};

const kEnds = { completed: 0, goal: 0, exit: 0, superseded: 0, stopped: 0, skipped: 0, stuck: 0 };
const kReport: VersionReport = {
  number: 2, entered: 7, on_their_way: 3, ended: kEnds, erased: 0,
  steps: [{ id: 'quiet', type: 'wait_for', now: 1, reached: 9 }, { id: 'half', type: 'split', now: 0, reached: 6 }, { id: 'mail', type: 'message', now: 0, reached: 5 }, { id: 'ask', type: 'task', now: 0, reached: 0 }],
  edges: [{ from: 'quiet', to: 'quiet', count: 2 }, { from: 'quiet', to: 'half', count: 6 }, { from: 'half', to: 'mail', count: 5 }],
  paths: [{ step: 'half', path: 'most', holdout: false, count: 5 }],
};

describe('a journey as a graph', () => {
  it('has a way for each step that another leads to, with what leads there', () => {
    const ways = graphOf(kDocument).ways.map(({ from, to, names }) => [from, to, names.map((name) => name.text || name.kind).join(' ')]);
    expect(ways).toEqual([
      [kStart, 'quiet', ''], ['quiet', 'quiet', 'A B'], ['quiet', 'half', '1h'], ['half', 'mail', 'most'], ['half', kEnd, 'few'], ['mail', 'ask', ''], ['ask', 'mail', 'overdue'],
    ]);
  });

  it('goes on below where nothing is said, and ends at the end of the list', () => {
    const { ways } = graphOf({ steps: [{ id: 'a', type: 'branch', paths: [{ next: 'b' }] }, { id: 'b', type: 'end' }, { id: 'c', type: 'wait' }] });
    expect(ways.map((way) => `${way.from}>${way.to}${way.isGuess ? '?' : ''}`)).toEqual(['>a', 'a>b', 'c>end', 'b>c?']);
  });

  it('takes whatever a draft holds', () => {
    for (const document of [null, 3, {}, { steps: 'x' }, { steps: [1, { id: 2 }, { id: 'a', events: 3, type: 'wait_for' }] }]) expect(() => graphOf(document)).not.toThrow();
    expect(graphOf({ steps: [1, { type: 'wait' }] })).toEqual({ stops: [], ways: [] });
  });

  it('carries the counts of a version', () => {
    const { stops, ways } = graphOfVersion(kReport, kDocument);
    expect(stops.map((stop) => [stop.now, stop.reached])).toEqual([[1, 9], [0, 6], [0, 5], [0, 0]]);
    expect(ways.map((way) => way.count)).toEqual([7, 2, 6, 5, 0, 0, 0]);
    expect(ways[3]!.names[0]).toMatchObject({ text: 'most', count: 5, share: 90 });
    expect(ways[4]!.names[0]).toMatchObject({ text: 'few', count: 0, isHoldout: true });
  });

  it('shows of a version whose text is not at hand what was gone, and the rest as a guess', () => {
    const { stops, ways } = graphOfVersion(kReport, null);
    expect(stops.every((stop) => stop.doc === null)).toBe(true);
    expect(ways.map((way) => `${way.from}>${way.to} ${way.count}${way.isGuess ? '?' : ''}`)).toEqual(['>quiet 7', 'quiet>quiet 2', 'quiet>half 6', 'half>mail 5', 'mail>ask null?']);
  });
});
