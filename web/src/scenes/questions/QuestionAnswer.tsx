import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { Stat } from '../../ui/Small';
import { useFormat } from '../../ui/useFormat';
import { AnswerView, type Show } from '../explore/answer/AnswerView';
import type { Answered } from '../explore/answer/answerData';
import { SqlResult } from '../sql/SqlResult';
import { figuresOf, type Figure } from './figures';
import './questions.css';
import type { AskedAnswer, ChartKind } from './questionsData';

interface QuestionAnswerProps {
  of: AskedAnswer;
  chart: ChartKind;
  show: Show; // Where the question says nothing.
  height: number;
}

/** The answer of a saved question as it wants to be shown. Drawn anew only when the answer changed. */
export const QuestionAnswer = memo(function QuestionAnswer({ of, chart, show, height }: QuestionAnswerProps) {
  if (of.answer.kind === 'sql') return <SqlResult answer={of.answer} first={show === 'all' ? 200 : 20} />;
  const figures = chart === 'number' ? figuresOf(of.answer) : [];
  if (figures.length > 0) return <Figures figures={figures} />;
  return <AnswerView of={of as Answered} show={chart === 'chart' || chart === 'table' ? chart : show} height={height} />;
});

/** The totals alone, for a screen on the wall. */
function Figures({ figures }: { figures: Figure[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const text = ({ value, currency, kind }: Figure) => {
    if (value === null) return '–';
    if (kind === 'share') return format.percent(value);
    return currency ? format.money(value, currency) : format.number(value, Number.isInteger(value) ? 0 : 2);
  };
  return (
    <div className="figures">
      {figures.map((figure, place) => <Stat key={place} label={figure.label ?? t('saved.from_start_to_end')} value={text(figure)} unit={t('saved.whole_range')} />)}
    </div>
  );
}
