import { describe, expect, it } from 'vitest';
import { ApiError, helpOf, toApiError } from './errors';

describe('what to do about a failure', () => {
  it('goes by the class of it, whatever came instead of an answer', () => {
    const help = (status: number, code: string) => helpOf(toApiError(status, { error: { code, message: 'x' } }));
    expect([help(404, 'not_found'), help(403, 'permission_denied'), help(422, 'failed_precondition'), help(409, 'conflict')]).toEqual(['gone', 'scope', 'first', 'reload']);
    expect(help(412, 'conflict')).toBe('reload');
    expect(help(400, 'invalid_argument')).toBe('correct');
    const named = (field: string) => helpOf(new ApiError(400, 'invalid_argument', 'x', field));
    expect([named('steps[1].where'), named('settings.late_after_hours'), named('Binder Error')]).toEqual(['mend', 'mend', 'correct']);
    expect(helpOf(new ApiError(0, 'unavailable', 'x'))).toBe('server');
    expect([helpOf(toApiError(502, null)), helpOf(toApiError(418, { error: { code: 'teapot', message: 'x' } })), helpOf(new Error('x'))]).toEqual(['log', 'again', 'again']);
  });
});
