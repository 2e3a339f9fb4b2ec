// The one number, or few, that sums an answer up. Pure.

import type { Schemas } from '../../data/client';

export interface Figure {
  label: string | null; // Null: from the first step to the last.
  value: number | null;
  currency: string | null;
  kind: 'number' | 'share';
}

const kFiguresMax = 6;

/** The totals of a trend, the conversion of a funnel; nothing where no number sums the answer up. */
export function figuresOf(answer: Schemas['QueryAnswer']): Figure[] {
  if (answer.kind === 'trend') {
    return answer.series.slice(0, kFiguresMax).map((line) => ({
      label: line.breakdown === null || line.breakdown === line.label ? line.label : `${line.label} · ${line.breakdown}`,
      value: line.total, currency: (line as { currency?: string | null }).currency ?? null, kind: 'number',
    }));
  }
  if (answer.kind === 'funnel') return [{ label: null, value: answer.steps.at(-1)?.from_start ?? null, currency: null, kind: 'share' }];
  return [];
}
