import { describe, expect, it } from 'vitest';
import { scaleFor } from './drawing';

describe('a drawing in its room', () => {
  it('shrinks until it fits, as long as it can be read', () => {
    expect(scaleFor(500, 0)).toBe(1); // Not measured yet.
    expect(scaleFor(500, 500)).toBe(1);
    expect(scaleFor(500, 450)).toBe(0.9);
    expect(scaleFor(1000, 300)).toBe(0.8);
  });
});
