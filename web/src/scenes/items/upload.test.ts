import { describe, expect, it } from 'vitest';
import { formOf, kNothingSent, piecesOf, withAnswer } from './upload';

describe('the form of a file', () => {
  it('goes by its name, else by how it begins', () => {
    expect([formOf('a.CSV', '{'), formOf('a.jsonl', ''), formOf('a.ndjson', ''), formOf('a.json', ' [1]'), formOf('a.json', '{"id":1}\n{"id":2}')]).toEqual(['csv', 'lines', 'lines', 'json', 'lines']);
    expect([formOf('', 'id,state\n'), formOf('', '{"id":1}'), formOf('x.txt', '\n[{"id":1}]')]).toEqual(['csv', 'lines', 'json']);
  });
});

describe('a file', () => {
  it('is cut where a record ends, each piece with the head of a CSV', () => {
    const csv = 'id,note\n1,a\n2,"b\nb"\n\n3,c\n4,d';
    expect(piecesOf(csv, 'csv', 2)).toEqual([
      { text: 'id,note\n1,a\n2,"b\nb"\n\n', items: 2, linesBefore: 0 },
      { text: 'id,note\n3,c\n4,d', items: 2, linesBefore: 4 },
    ]);
    expect(piecesOf('{"id":1}\n\n{"id":2}\n{"id":3}\n', 'lines', 2)).toEqual([
      { text: '{"id":1}\n\n{"id":2}\n', items: 2, linesBefore: 0 },
      { text: '{"id":3}\n', items: 1, linesBefore: 3 },
    ]);
  });

  it('names every row once, at its own line, however it is cut', () => {
    const rows = Array.from({ length: 57 }, (_, row) => (row % 5 === 0 ? `${row},"two\nlines"` : `${row},x${'y'.repeat(row % 7)}`));
    const text = ['id,"na\nme"', ...rows].join('\r\n');
    const lines = text.split('\n');
    for (const most of [1, 2, 7, 57, 100]) {
      for (const bytes of [60, 300, 100_000]) {
        const pieces = piecesOf(text, 'csv', most, bytes);
        const found = pieces.flatMap((piece) => {
          const own = piece.text.split('\n');
          return own.flatMap((line, at) => (/^\d+,/.test(line) ? [[Number(line.split(',')[0]), lines[at + piece.linesBefore]] as const] : []));
        });
        expect(found.map(([id]) => id)).toEqual(rows.map((_, row) => row));
        for (const [id, line] of found) expect(line?.startsWith(`${id},`), `${id} of ${most}/${bytes}`).toBe(true);
        for (const piece of pieces) expect(piece.items <= most && (piece.items === 1 || piece.text.length * 3 <= bytes)).toBe(true);
      }
    }
  });

  it('that is one list is sent whole, and an empty one not at all', () => {
    expect(piecesOf('[{"id":1},{"id":2}]', 'json', 1)).toHaveLength(1);
    expect(piecesOf(' \n', 'csv')).toEqual([]);
    expect(piecesOf('', 'lines')).toEqual([]);
    expect(piecesOf('id,state\n', 'csv')).toHaveLength(1);
  });
});

describe('what became of a file', () => {
  it('is the sum of its pieces, with lines of the file', () => {
    const refusal = { index: 1, line: 3, id: 'x', code: 'invalid_argument', message: 'm' };
    const one = { ...kNothingSent, accepted: 2, rejected_count: 1, rejected: [refusal], position: '0:7' };
    const sum = withAnswer(withAnswer(kNothingSent, one, { linesBefore: 0 }), { ...one, older: 1, position: null }, { linesBefore: 100 });
    expect(sum).toEqual({ accepted: 4, unchanged: 0, older: 1, rejected_count: 2, rejected: [refusal, { ...refusal, line: 103 }], position: '0:7' });
    const listed = { ...refusal, line: undefined };
    const { line: _, ...bare } = listed;
    expect(withAnswer(kNothingSent, { ...one, rejected: [bare] }, { linesBefore: 9 }).rejected).toEqual([bare]);
  });
});
