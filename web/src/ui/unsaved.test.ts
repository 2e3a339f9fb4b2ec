import { describe, expect, it } from 'vitest';
import { asksBefore, kNothingLost } from './unsaved';

const editor = { pathname: '/templates/cart', search: '', state: null };

describe('leaving', () => {
  it('asks where something is lost, and only there', () => {
    const away = { pathname: '/templates', search: '', state: null };
    expect(asksBefore(true, editor, away)).toBe(true);
    expect(asksBefore(false, editor, away)).toBe(false);
    expect(asksBefore(true, editor, editor)).toBe(false);
    expect(asksBefore(true, { ...editor, search: '?from=a' }, { ...editor, search: '?from=b' })).toBe(true);
    expect(asksBefore(true, editor, { ...away, state: kNothingLost })).toBe(false);
    expect(asksBefore(true, editor, { ...away, state: { leaves: 'no' } })).toBe(true);
  });
});
