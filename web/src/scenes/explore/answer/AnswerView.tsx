// The answer of one question, as a chart and as a table; every number opens the people behind it.
//
//   <AnswerView of={{ question, answer }} />             what the explorer and a dashboard show
//   <AnswerView of={...} show="chart" height={160} />    a tile of a dashboard
//
// An answer that is compared with another range carries that of the other one, which stands beside it.
//
// `cell` and `onCell` are for a caller that keeps the chosen number itself (in its address);
// without them it is kept here.

import { Stack, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Partial } from '../../../ui/States';
import { useFormat } from '../../../ui/useFormat';
import type { QueryAnswer } from '../question';
import { AttributionView } from './AttributionView';
import { answeredBefore, type Answered, type OpenCell } from './answerData';
import './answer.css';
import { CellPeople } from './CellPeople';
import { FunnelView } from './FunnelView';
import { RetentionView } from './RetentionView';
import { TrendView } from './TrendView';

export type Show = 'all' | 'chart' | 'table';

export interface AnswerViewProps {
  of: Answered;
  show?: Show; // Absent: all.
  height?: number; // Of the chart.
  cell?: OpenCell | null; // The number whose people are shown, where the caller keeps it.
  onCell?: (cell: OpenCell | null) => void;
}

/** What every view of a kind is given. */
export interface KindViewProps {
  of: Answered;
  before: Answered | undefined; // Of the range that it is compared with.
  show: Show;
  height: number;
  onOpen: (cell: OpenCell) => void;
}

export function AnswerView({ of, show = 'all', height = 260, cell, onCell }: AnswerViewProps) {
  const { t } = useTranslation();
  const [own, setOwn] = useState<OpenCell | null>(null);
  const open = onCell ? cell ?? null : own;
  const setOpen = onCell ?? setOwn;
  const before = useMemo(() => answeredBefore(of), [of]);
  const chosen = open?.past ? before : of;
  return (
    <Stack gap="sm" className="answer">
      {'limited' in of.answer.meta && of.answer.meta.limited ? <Partial>{t('answer.limited')}</Partial> : null}
      <KindView of={of} before={before} show={show} height={height} onOpen={setOpen} />
      {show === 'all' && <Meta answer={of.answer} />}
      {open && chosen && <CellPeople of={chosen} cell={open} onClose={() => setOpen(null)} />}
    </Stack>
  );
}

function KindView(props: KindViewProps) {
  switch (props.of.answer.kind) {
    case 'trend': return <TrendView {...props} />;
    case 'funnel': return <FunnelView {...props} />;
    case 'retention': return <RetentionView {...props} />;
    case 'attribution': return <AttributionView {...props} />;
  }
}

/** What was looked at for an answer: events, people, time, whose clock. */
function Meta({ answer }: { answer: QueryAnswer }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { meta } = answer;
  return (
    <Text size="xs" c="dimmed" className="num">
      {t('answer.looked_at', {
        events: format.number(meta.events_scanned), people: format.number(meta.profiles_scanned), ms: format.number(meta.elapsed_ms, meta.elapsed_ms < 10 ? 1 : 0),
      })}
      {' · '}{t('answer.range', { from: format.time(meta.from), to: format.time(meta.to) })}
      {' · '}{t(meta.known ? 'answer.known' : 'answer.everyone')}
    </Text>
  );
}
