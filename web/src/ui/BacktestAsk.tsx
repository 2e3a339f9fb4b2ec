import { Button, Group, Progress, SegmentedControl, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useBacktestShare } from '../data/backtests';
import { useSeconds } from './useSeconds';
import { useFormat } from './useFormat';

export const kBacktestDays = ['30', '90', '365'] as const; // The first is the usual one.

const kTellAfter = 1; // Seconds: most are done before.

interface AskProps {
  text: string; // Of the button.
  days: string;
  onDays: (days: string) => void;
  isRunning: boolean;
  name: string; // By which the server tells how far it is.
  disabled?: boolean;
  onAsk: () => void;
  onStop: () => void; // Hangs up on the server, which leaves off.
  children?: ReactNode; // What else is chosen.
}

/** Over which past something is tried, and how long that has been going on. */
export function BacktestAsk({ text, days, onDays, isRunning, name, disabled = false, onAsk, onStop, children }: AskProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const seconds = useSeconds(isRunning);
  const share = useBacktestShare(name, isRunning && seconds >= kTellAfter);
  return (
    <>
      <Group gap={8}>
        <SegmentedControl size="xs" aria-label={t('backtest.range')} value={days} onChange={onDays} data={kBacktestDays.map((value) => ({ value, label: t('backtest.days', { count: Number(value) }) }))} />
        {children}
        {isRunning
          ? <Button variant="default" size="xs" onClick={onStop}>{t('sql.stop')}</Button>
          : <Button variant="default" size="xs" disabled={disabled} onClick={onAsk}>{text}</Button>}
      </Group>
      <Text size="xs" c="dimmed" mt={isRunning ? 6 : 0}>
        <span role="status">{isRunning && `${t('backtest.running')} ${t('backtest.running_about')}`}</span>
        {isRunning && <span className="num" aria-hidden> {format.duration(seconds)}{share !== null && `, ${format.percent(share)}`}</span>}
      </Text>
      {isRunning && share !== null && <Progress value={share * 100} mt={4} size={5} aria-label={t('backtest.running')} />}
    </>
  );
}
