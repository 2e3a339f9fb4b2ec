import { Anchor, SimpleGrid, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { CopyText, Dotted, Stat, Time } from '../../ui/Small';
import { Answer } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { contactsOf, useActivity, type Activity, type Profile } from './peopleData';

const kContactsShown = 3;

/** Who this is, at one look: how to reach them, what they bought, when they were last here. */
export function Glance({ person }: { person: Profile }) {
  const { t } = useTranslation();
  const format = useFormat();
  const activity = useActivity(person.id);
  return (
    <section aria-label={t('glance.title')} style={{ marginBottom: 14 }}>
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }} spacing="sm">
        <Contact person={person} />
        <Answer of={activity} rows={2}>{(data) => <Bought activity={data} />}</Answer>
        <Stat label={t('people.last_seen')} value={format.ago(person.last_seen)} unit={format.time(person.last_seen)} />
      </SimpleGrid>
    </section>
  );
}

function Contact({ person }: { person: Profile }) {
  const { t } = useTranslation();
  const contacts = contactsOf(person);
  return (
    <div className="panel" style={{ padding: '10px 14px' }}>
      <Text size="xs" c="dimmed">{t('glance.contact')}</Text>
      {contacts.length === 0 && <Text size="sm" mt={4}>{t('glance.no_contact')}</Text>}
      {contacts.slice(0, kContactsShown).map(({ kind, value, href }) => (
        <div key={kind + value} style={{ display: 'flex', gap: 4, alignItems: 'center', justifyContent: 'space-between' }}>
          <Anchor href={href} size="sm" fw={560} underline="hover" style={{ overflowWrap: 'anywhere' }}>{value}</Anchor>
          <CopyText text={value} label={t('profile.copy', { what: value })} compact />
        </div>
      ))}
      {contacts.length > kContactsShown && <Text size="xs" c="dimmed">{t('glance.more_contacts', { count: contacts.length - kContactsShown })}</Text>}
    </div>
  );
}

function Bought({ activity: { orders, complete, events_counted: counted } }: { activity: Activity }) {
  const { t } = useTranslation();
  const format = useFormat();
  const part = complete ? '' : ` · ${t('glance.newest', { number: format.number(counted) })}`;
  const sample = orders.events === 0 ? `${t('glance.none_yet')}${part}` : `${t('glance.of_events', { count: orders.events, number: format.number(orders.events) })}${part}`;
  return (
    <>
      <div className="panel" style={{ padding: '10px 14px' }}>
        <Text size="xs" c="dimmed">{t('glance.orders')}</Text>
        <Text fz={22} fw={620} lh={1.25} className="num">{format.number(orders.count)}</Text>
        <Text size="xs" c="dimmed" component="div"><Dotted>{orders.count > 0 && <span>{t('glance.last')} <Time at={orders.last_at} /></span>}{sample}</Dotted></Text>
      </div>
      <div className="panel" style={{ padding: '10px 14px' }}>
        <Text size="xs" c="dimmed">{t('glance.revenue')}</Text>
        {orders.revenue.length === 0 && <Text fz={22} fw={620} lh={1.25}>–</Text>}
        {orders.revenue.map((one) => (
          <Text key={one.currency ?? ''} fz={orders.revenue.length > 2 ? 16 : 22} fw={620} lh={1.25} className="num">
            {format.money(one.sum, one.currency)}
            <Text span size="xs" c="dimmed" fw={400}>{!one.currency && ` ${t('glance.no_currency')}`}{orders.revenue.length > 1 && ` ${t('glance.of_events', { count: one.events, number: format.number(one.events) })}`}</Text>
          </Text>
        ))}
        <Text size="xs" c="dimmed">{orders.revenue.length < 2 ? sample : t('glance.revenue_unit')}</Text>
      </div>
    </>
  );
}
