import { describe, expect, it } from 'vitest';
import { toApiError } from './errors';
import { may, safeReturnPath, tokenOfHash, type Session } from './session';

const session = (scopes: Session['scopes']): Session => ({
  actor: 'a',
  name: 'A',
  scopes,
  csrf: 'c',
  expires_at: '2026-03-03T00:00:00.000Z',
  installation: { name: 'T', version: '0', timezone: 'UTC', public_url: null, sending: 'on' },
});

describe('session', () => {
  it('reads the token of a login link', () => {
    expect(tokenOfHash('#token=abc_1')).toBe('abc_1');
    expect(tokenOfHash('')).toBeNull();
  });

  it('returns only to paths of its own', () => {
    expect(safeReturnPath('/people?q=a')).toBe('/people?q=a');
    for (const path of ['//evil.example', '/\\evil.example', 'https://evil.example', '/login', null]) {
      expect(safeReturnPath(path)).toBe('/');
    }
  });

  it('lets an administrator do everything and others what they hold', () => {
    expect(may(session(['admin']), 'erase')).toBe(true);
    expect(may(session(['read']), 'write')).toBe(false);
    expect(may(null, 'read')).toBe(false);
  });
});

describe('errors', () => {
  it('keeps the words of the server', () => {
    const error = toApiError(422, { error: { code: 'failed_precondition', message: 'm', field: 'f' } });
    expect([error.status, error.code, error.message, error.field]).toEqual([
      422, 'failed_precondition', 'm', 'f',
    ]);
  });

  it('survives an answer that is no error body', () => {
    expect(toApiError(502, '<html>').message).toBe('HTTP 502');
    expect(toApiError(500, null).code).toBe('internal');
  });
});
