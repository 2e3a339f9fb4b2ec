import { Badge, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../ui/Panel';
import { CopyText, Dotted, IdentifierText, Time } from '../../ui/Small';
import { Value } from '../../ui/Value';
import { identifierKey, type Profile } from './peopleData';

/** Each identifier, where it came from, and whether and by whom it was verified. */
export function IdentifiersPanel({ person }: { person: Profile }) {
  const { t } = useTranslation();
  return (
    <Panel title={t('people.identifiers')} about={t('count.identifiers', { count: person.identifiers.length })}>
      <Stack gap={10} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
        {person.identifiers.map((one) => (
          <li key={`${identifierKey(one)}/${one.slice}`}>
            <div style={{ display: 'flex', gap: 8, justifyContent: 'space-between', alignItems: 'center' }}>
              <IdentifierText namespace={one.namespace} value={one.value} />
              <CopyText text={one.value} label={t('profile.copy', { what: one.namespace })} compact />
            </div>
            <Text size="xs" c="dimmed" component="div">
              {one.verified_at
                ? <Badge size="xs" color="line">{t('profile.verified_by', { by: one.verified_by ?? '?' })}</Badge>
                : <Badge size="xs" color="gray">{t('profile.unverified')}</Badge>}{' '}
              {one.slice > 0 && <Badge size="xs" color="gold">{t('profile.slice', { number: one.slice + 1 })}</Badge>}{' '}
              <Dotted>{one.source}<span>{t('profile.last_seen')} <Time at={one.last_seen} /></span></Dotted>
            </Text>
          </li>
        ))}
      </Stack>
    </Panel>
  );
}

export function AccountsPanel({ person }: { person: Profile }) {
  const { t } = useTranslation();
  if (person.accounts.length === 0) return null;
  return (
    <Panel title={t('profile.accounts')}>
      {person.accounts.map((account) => (
        <div key={account.key}>
          <Text fw={560} size="sm">{account.name ?? account.key} <span className="mono">{account.key}</span></Text>
          <Text size="xs" c="dimmed" component="div"><Dotted>{account.source}<span>{t('profile.since')} <Time at={account.since} /></span></Dotted></Text>
          {Object.entries(account.traits).map(([name, value]) => <Text key={name} size="xs" component="div">{name}: <Value value={value} /></Text>)}
        </div>
      ))}
    </Panel>
  );
}
