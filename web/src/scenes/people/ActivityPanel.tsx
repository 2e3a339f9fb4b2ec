import { Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../ui/Panel';
import { Answer } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { useActivity, type Activity, type Profile } from './peopleData';

const kShown = 12;

/** What was sent, without what followed from it. */
const sentOf = (activity: Activity) => activity.events.filter((one) => one.type !== 'consequence');

/** How often what happened, and the money that those events carry, as they say it. */
export function ActivityPanel({ person }: { person: Profile }) {
  const { t } = useTranslation();
  const format = useFormat();
  const activity = useActivity(person.id);
  const follows = (activity.data?.events ?? []).filter((one) => one.type === 'consequence').reduce((sum, one) => sum + one.count, 0);
  const counted = (activity.data?.events_counted ?? 0) - follows;
  const about = t(activity.data?.complete === false ? 'activity.newest' : 'activity.all', { count: counted, number: format.number(counted) });
  return (
    <Panel title={t('activity.title')} about={activity.data ? about : ''}>
      <Answer of={activity} rows={3}>
        {(data) => (
          <>
            <Table aria-label={t('activity.title')} verticalSpacing={4} horizontalSpacing={6}>
              <Table.Thead>
                <Table.Tr><Table.Th>{t('debugger.event')}</Table.Th><Table.Th className="num">{t('activity.count')}</Table.Th><Table.Th className="num">{t('activity.sum')}</Table.Th></Table.Tr>
              </Table.Thead>
              <Table.Tbody>{sentOf(data).slice(0, kShown).map((one) => <Row key={`${one.type}/${one.name}`} one={one} />)}</Table.Tbody>
            </Table>
            {sentOf(data).length > kShown && <Text size="xs" c="dimmed">{t('activity.more', { count: sentOf(data).length - kShown })}</Text>}
          </>
        )}
      </Answer>
    </Panel>
  );
}

function Row({ one }: { one: Activity['events'][number] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Table.Tr>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>{one.name}</Table.Td>
      <Table.Td className="num">{format.number(one.count)}</Table.Td>
      <Table.Td className="num">
        {one.amounts.map((sum) => (
          <div key={sum.currency ?? ''}>
            {format.money(sum.sum, sum.currency)}
            {sum.events < one.count && <Text size="xs" c="dimmed" component="div">{t('glance.of_events', { count: sum.events, number: format.number(sum.events) })}</Text>}
          </div>
        ))}
      </Table.Td>
    </Table.Tr>
  );
}
