import { Button, List, SegmentedControl, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { ApiError } from '../../data/errors';
import { BacktestAsk, kBacktestDays } from '../../ui/BacktestAsk';
import { Panel } from '../../ui/Panel';
import { Failure, Loading, Partial } from '../../ui/States';
import { useArrival } from '../../ui/useArrival';
import { useFormat } from '../../ui/useFormat';
import { BacktestAnswer } from './BacktestAnswer';
import './backtest.css';
import { kBacktestOrders, nameOfWish, textOfDraft, useBacktest, type BacktestOrder, type BacktestWish, type Journey } from './journeysData';
import { AskedBacktest } from './PeopleBehind';
import { placeOf, placesOf } from './places';

interface PanelProps {
  journey: Journey;
  isDirty?: boolean; // The text beside it is not saved yet.
  arrivals?: number; // Another number brings it into view.
}

/** What the draft would have done over history: asked when somebody wants to know. */
export function BacktestPanel({ journey, isDirty = false, arrivals = 0 }: PanelProps) {
  const { t } = useTranslation();
  const [days, setDays] = useState<string>(kBacktestDays[0]);
  const [order, setOrder] = useState<BacktestOrder>('as_taken');
  const [wish, setWish] = useState<BacktestWish | null>(null);
  const told = useBacktest(journey.key, wish);
  const place = useArrival(arrivals);
  const hasProblems = journey.problems.length > 0;
  const ask = (chosen: BacktestOrder) => {
    setOrder(chosen);
    setWish({ days, order: chosen, document: journey.document, at: Date.now() });
  };
  const isOld = wish !== null && JSON.stringify(wish.document) !== JSON.stringify(journey.document);
  return (
    <div className="journey-backtest">
      <Panel title={t('backtest.title')} about={t('backtest.about')}>
        <div ref={place} tabIndex={-1}>
          <BacktestAsk text={t('backtest.try')} days={days} onDays={setDays} isRunning={told.isFetching} name={wish ? nameOfWish(wish) : ''} disabled={hasProblems} onAsk={() => ask(order)} onStop={() => setWish(null)}>
            <Text span size="xs" c="dimmed" title={t('backtest.order_about')}>{t('backtest.order')}</Text>
            <SegmentedControl size="xs" aria-label={t('backtest.order')} value={order} onChange={(next) => setOrder(next as BacktestOrder)} data={kBacktestOrders.map((value) => ({ value, label: t(`backtest.${value}`) }))} />
          </BacktestAsk>
        </div>
        <Text size="xs" c="dimmed" mt={6}>{t('backtest.order_about')} {isDirty && t('backtest.as_saved')}</Text>
        {hasProblems && <Problems journey={journey} />}
        {wish && told.data && isOld && <Partial>{t('backtest.changed')}</Partial>}
        {wish && told.isFetching && <Loading rows={4} />}
        {wish && told.error && <Failure error={told.error} onRetry={() => ask(order)} {...(told.error instanceof ApiError && told.error.status === 504 ? { help: t('backtest.too_long') } : {})} />}
        {wish && told.data && !told.isFetching && (
          <>
            {told.data.late_starts > 0 && wish.order === 'as_taken' && <Late count={told.data.late_starts} onAsk={() => ask('as_happened')} />}
            <AskedBacktest value={{ key: journey.key, told: told.data, wish }}>
              <BacktestAnswer told={told.data} document={wish.document} />
            </AskedBacktest>
          </>
        )}
        <Cannot />
      </Panel>
    </div>
  );
}

/** What keeps the draft from being tried, each with the line at which it stands. */
function Problems({ journey }: { journey: Journey }) {
  const { t } = useTranslation();
  const places = placesOf(textOfDraft(journey));
  return (
    <div className="backtest-problems">
      <Text size="sm">{t('backtest.problems')} <Link to={`/journeys/${journey.key}/edit`}>{t('journey.show_problems')}</Link></Text>
      <ul>
        {journey.problems.map(({ path, message }) => (
          <li key={`${path} ${message}`}>{t('backtest.line', { line: placeOf(places, path).line })}: <span className="mono" lang="en">{[path, message].filter(Boolean).join(': ')}</span></li>
        ))}
      </ul>
    </div>
  );
}

function Late({ count, onAsk }: { count: number; onAsk: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  return <Partial>{t('backtest.late', { count, number: format.number(count) })} <Button variant="default" size="compact-xs" onClick={onAsk}>{t('backtest.late_ask')}</Button></Partial>;
}

/** Where it may differ from what live running would have done. */
function Cannot() {
  const { t } = useTranslation();
  return (
    <details className="backtest-cannot">
      <summary>{t('backtest.cannot')}</summary>
      <List size="sm" mt={6}>
        {(['others', 'traits', 'addresses', 'segments', 'tasks'] as const).map((one) => <List.Item key={one}>{t(`backtest.cannot_${one}`)}</List.Item>)}
      </List>
    </details>
  );
}
