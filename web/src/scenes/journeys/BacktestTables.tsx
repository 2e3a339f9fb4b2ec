import { Badge, Table, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Cell } from '../../ui/Cell';
import { useChannelText } from '../../ui/useChannelText';
import { useFormat } from '../../ui/useFormat';
import { kReasons } from '../messages/messagesData';
import { kFates, messageRows, partRows, stepRows, type Fate, type StepRow } from './backtest';
import { kEnd, textOf } from './graph';
import type { Backtest } from './journeysData';
import { PeopleBehind } from './PeopleBehind';
import { useJourneyText } from './words';

interface OfDraft { told: Backtest; document: unknown }

/** Who came to each step, who is still there, and where the others went. */
export function BacktestSteps({ told, document }: OfDraft) {
  const { t } = useTranslation();
  const format = useFormat();
  const { typeText, stepText } = useJourneyText();
  const nameOf = ({ id, doc }: StepRow) => textOf(doc?.name) || id;
  return (
    <>
      <Title order={3}>{t('backtest.steps')}</Title>
      <Text size="xs" c="dimmed">{t('backtest.steps_about')}</Text>
      <div className="scroll-x">
        <Table className="cards" aria-label={t('backtest.steps')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('journey.step')}</Table.Th>
              <Table.Th className="num">{t('backtest.visits')}</Table.Th>
              <Table.Th className="num">{t('backtest.runs')}</Table.Th>
              <Table.Th className="num">{t('backtest.stay')}</Table.Th>
              <Table.Th>{t('backtest.next')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {stepRows(told, document).map((row) => (
              <Table.Tr key={row.id} data-backtest-step={row.id}>
                <Cell><span><b>{nameOf(row)}</b>{row.doc && <span className="backtest-small">{[typeText(row.doc.type), stepText(row.doc)].filter(Boolean).join(' · ')}</span>}</span></Cell>
                <Cell label={t('backtest.visits')} className="num">{format.number(row.visits)}</Cell>
                <Cell label={t('backtest.runs')} className="num"><PeopleBehind of={row.runs} about={`${nameOf(row)}, ${t('backtest.runs')}`} /></Cell>
                <Cell label={t('backtest.stay')} className="num"><PeopleBehind of={row.stay} about={`${nameOf(row)}, ${t('backtest.stay')}`} /></Cell>
                <Cell label={t('backtest.next')}>
                  {row.next.length > 0 && (
                    <ul className="backtest-list">
                      {row.next.map(({ to, of }) => {
                        const way = to === kEnd ? t('journey.to_end') : t('journey.to_step', { step: to });
                        return <li key={to}>{way} <PeopleBehind of={of} about={`${nameOf(row)} ${way}`} /></li>;
                      })}
                    </ul>
                  )}
                </Cell>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </>
  );
}

/** The parts of splits against each other. */
export function BacktestParts({ told }: { told: Backtest }) {
  const { t } = useTranslation();
  const format = useFormat();
  const rows = partRows(told);
  if (rows.length === 0) return null;
  return (
    <>
      <Title order={3}>{t('backtest.paths')}</Title>
      <Text size="xs" c="dimmed">{t('backtest.paths_about')}</Text>
      <div className="scroll-x">
        <Table className="cards" aria-label={t('backtest.paths')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('backtest.path')}</Table.Th>
              <Table.Th>{t('journey.step')}</Table.Th>
              <Table.Th className="num">{t('backtest.runs')}</Table.Th>
              <Table.Th className="num">{t('backtest.path_goals')}</Table.Th>
              <Table.Th className="num">{t('backtest.share')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={`${row.id} ${row.path}`} data-backtest-part={row.path}>
                <Cell><span><b>{row.path}</b> {row.isHoldout && <Badge color="gray">{t('journey.holdout')}</Badge>}</span></Cell>
                <Cell label={t('journey.step')}>{row.id}</Cell>
                <Cell label={t('backtest.runs')} className="num"><PeopleBehind of={row.runs} about={`${row.path}, ${t('backtest.runs')}`} /></Cell>
                <Cell label={t('backtest.path_goals')} className="num"><PeopleBehind of={row.goals} about={`${row.path}, ${t('backtest.path_goals')}`} /></Cell>
                <Cell label={t('backtest.share')} className="num">{row.share === null ? '–' : format.percent(row.share)}</Cell>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </>
  );
}

function useFateText(): (fate: Fate) => string {
  const { t } = useTranslation();
  return (fate) => (fate === 'withdrawn' ? t('sendreason.withdrawn') : t(`message.state_${fate}`));
}

/** What would have become of the messages of each step, and why some would not have been sent. */
export function BacktestMessages({ told, document }: OfDraft) {
  const { t } = useTranslation();
  const channelText = useChannelText();
  const fateText = useFateText();
  const rows = messageRows(told, document);
  const reasonText = (key: string) => {
    const known = kReasons.find((one) => one === key);
    return known ? t(`sendreason.${known}`) : key;
  };
  return (
    <>
      <Title order={3}>{t('backtest.messages')}</Title>
      <Text size="xs" c="dimmed">{t(rows.length > 0 ? 'backtest.messages_about' : 'backtest.none_messages')}</Text>
      {rows.length > 0 && (
        <div className="scroll-x">
          <Table className="cards" aria-label={t('backtest.messages')}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('journey.step')}</Table.Th>
                {kFates.map((fate) => <Table.Th key={fate} className="num">{fateText(fate)}</Table.Th>)}
                <Table.Th>{t('backtest.why_not')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((row) => (
                <Table.Tr key={row.id} data-backtest-messages={row.id}>
                  <Cell><span><b>{row.name}</b><span className="backtest-small">{[channelText(row.channel), row.template].filter(Boolean).join(' · ')}</span></span></Cell>
                  {kFates.map((fate) => <Cell key={fate} label={fateText(fate)} className="num"><PeopleBehind of={row.fates[fate]} about={`${row.name}, ${fateText(fate)}`} /></Cell>)}
                  <Cell label={t('backtest.why_not')}>
                    {row.reasons.length > 0 && <ul className="backtest-list">{row.reasons.map(({ key, of }) => <li key={key}>{reasonText(key)} <PeopleBehind of={of} about={`${row.name}, ${reasonText(key)}`} /></li>)}</ul>}
                  </Cell>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </>
  );
}
