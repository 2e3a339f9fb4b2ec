import { describe, expect, it } from 'vitest';
import { readDraft, readSample } from './mappingsData';

describe('a mapping being written', () => {
  it('is an object, or says why it is none', () => {
    expect(readDraft('{"name":"a"}')).toEqual({ definition: { name: 'a' }, fault: null });
    expect(readDraft('{"name":').definition).toBeNull();
    expect(readDraft('{"name":').fault).toMatch(/JSON/);
    expect([readDraft('[]').definition, readDraft('7').definition, readDraft('null').definition]).toEqual([null, null, null]);
  });

  it('is tried on a body, on several, or on the text of a file', () => {
    expect(readSample(' {"a":1}')).toEqual({ a: 1 });
    expect(readSample('[{"a":1}]')).toEqual([{ a: 1 }]);
    expect(readSample('a;b\n1;2\n')).toBe('a;b\n1;2\n');
    expect(readSample('{"a":1}\n{"a":2}\n')).toBe('{"a":1}\n{"a":2}\n');
  });
});
