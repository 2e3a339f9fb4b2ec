import { describe, expect, it } from 'vitest';
import { ApiError } from '../../data/errors';
import { expectedColumns, takesNothing, uploadPieces, type ImportPreview } from './importsData';

/** A server that keeps bytes; `faults` names the calls that fail and how. */
function server(faults: Map<number, { status: number; kept: boolean }>) {
  let uploaded = 0;
  let calls = 0;
  const sent: [number, number][] = [];
  return {
    sent,
    send: async (offset: number) => {
      const fault = faults.get(calls++);
      if (offset !== uploaded) throw new ApiError(409, 'conflict', 'offset');
      const end = Math.min(offset + 4, 10);
      if (!fault || fault.kept) {
        sent.push([offset, end]);
        uploaded = end;
      }
      if (fault) throw new ApiError(fault.status, 'x', 'x');
      return { uploaded };
    },
    where: async () => ({ uploaded }),
  };
}

describe('before an upload', () => {
  it('a mapping tells the columns that it reads, once each, in its order', () => {
    const definition = {
      name: 'shop', description: 'not a column', id: ['InvoiceNo'],
      events: [{
        type: 'track',
        name: { case: [{ when: { column: 'Kind', op: 'eq', value: 'R' }, then: { value: 'Returned' } }], else: { value: 'Sold' } },
        identifiers: { user_id: { column: 'CustomerID', as: 'integer' }, anonymous_id: { template: 'invoice:{InvoiceNo}:{Line}' } },
        time: 'When',
        properties: { sku: 'StockCode', revenue: { product: ['Quantity', 'Price'] }, items: { list: 'lines', of: { object: { sku: '@.sku' } } }, currency: { value: 'GBP' } },
      }],
    };
    expect(expectedColumns(definition)).toEqual(['InvoiceNo', 'Kind', 'CustomerID', 'Line', 'When', 'StockCode', 'Quantity', 'Price', 'lines']);
    expect([expectedColumns(undefined), expectedColumns({})]).toEqual([[], []]);
  });

  it('a file of which nothing would be taken is not worth it', () => {
    const preview = (accepted: number) => ({ accepted, rejected: 3 }) as ImportPreview;
    expect([takesNothing(preview(0)), takesNothing(preview(1))]).toEqual([true, false]);
  });
});

describe('upload', () => {
  it('sends every byte once, in order', async () => {
    const one = server(new Map());
    const seen: number[] = [];
    await uploadPieces(10, one.send, one.where, (n) => seen.push(n));
    expect(one.sent).toEqual([[0, 4], [4, 8], [8, 10]]);
    expect(seen).toEqual([4, 8, 10]);
  });

  it('goes on from where the server stands after a lost answer or a lost piece', async () => {
    for (const kept of [true, false]) {
      const one = server(new Map([[1, { status: 0, kept }], [2, { status: 503, kept: false }]]));
      await uploadPieces(10, one.send, one.where, () => undefined);
      expect(one.sent.map(([from]) => from)).toEqual([0, 4, 8]);
    }
  });

  it('gives up at once where trying again cannot help, and after three failures', async () => {
    await expect(uploadPieces(10, server(new Map([[0, { status: 400, kept: false }]])).send, async () => ({ uploaded: 0 }), () => undefined)).rejects.toThrow();
    let calls = 0;
    const down = async () => { calls++; throw new ApiError(0, 'unavailable', 'x'); };
    await expect(uploadPieces(10, down, async () => ({ uploaded: 0 }), () => undefined)).rejects.toThrow();
    expect(calls).toBe(4);
  });

  it('takes up what was broken off', async () => {
    const seen: number[] = [];
    await uploadPieces(10, async (offset) => { seen.push(offset); return { uploaded: 10 }; }, async () => ({ uploaded: 0 }), () => undefined, 8);
    expect(seen).toEqual([8]);
  });
});
