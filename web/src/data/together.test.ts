import { describe, expect, it } from 'vitest';
import { ApiError } from './errors';
import { Together, type Told } from './together';

const never = () => new AbortController().signal;

describe('questions asked together', () => {
  it('go in one request, and each has its own answer or refusal', async () => {
    const sent: number[][] = [];
    const together = new Together<number, string>(async (questions) => {
      sent.push(questions);
      return questions.map((one): Told<string> => (one === 2 ? { error: { code: 'invalid_argument', message: 'query: two' } } : `answer ${one}`));
    }, 50);
    const told = await Promise.allSettled([1, 2, 3].map((one) => together.ask(one, never())));
    expect(sent).toEqual([[1, 2, 3]]);
    expect(told.map((one) => (one.status === 'fulfilled' ? one.value : one.reason))).toEqual(['answer 1', new ApiError(400, 'invalid_argument', 'query: two'), 'answer 3']);
    await together.ask(4, never());
    expect(sent).toHaveLength(2);
  });

  it('go in several requests when they are too many for one', async () => {
    const sizes: number[] = [];
    const together = new Together<number, number>(async (questions) => { sizes.push(questions.length); return questions; }, 3);
    expect(await Promise.all([1, 2, 3, 4, 5, 6, 7].map((one) => together.ask(one, never())))).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(sizes).toEqual([3, 3, 1]);
  });

  it('all fail when the request does', async () => {
    const together = new Together<number, number>(() => Promise.reject(new ApiError(503, 'unavailable', 'server: too busy')), 50);
    const told = await Promise.allSettled([1, 2].map((one) => together.ask(one, never())));
    expect(told.map((one) => one.status)).toEqual(['rejected', 'rejected']);
  });

  it('hang up once nobody waits for any of them', async () => {
    let line: AbortSignal | undefined;
    const together = new Together<number, number>((_, signal) => { line = signal; return new Promise((_done, fail) => signal.addEventListener('abort', () => fail(signal.reason))); }, 50);
    const people = [new AbortController(), new AbortController()];
    const asked = people.map((one, place) => together.ask(place, one.signal).catch(() => 'gone'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    people[0]!.abort();
    expect(line?.aborted).toBe(false);
    people[1]!.abort();
    expect(line?.aborted).toBe(true);
    expect(await Promise.all(asked)).toEqual(['gone', 'gone']);
  });

  it('are not sent when nobody waits any more', async () => {
    let sent = 0;
    const together = new Together<number, number>(async (questions) => { sent++; return questions; }, 50);
    const person = new AbortController();
    const asked = together.ask(1, person.signal).catch(() => 'gone');
    person.abort();
    expect(await asked).toBe('gone');
    expect(sent).toBe(0);
  });
});
