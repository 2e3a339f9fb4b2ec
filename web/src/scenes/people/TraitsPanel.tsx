import { Badge, Table, Text, UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { valueText } from '../../data/format';
import { Panel } from '../../ui/Panel';
import { Time } from '../../ui/Small';
import { useFormat } from '../../ui/useFormat';
import { Value } from '../../ui/Value';
import type { Profile, Trait } from './peopleData';

/** Traits; each opens to say why this value won and what lost. */
export function TraitsPanel({ person }: { person: Profile }) {
  const { t } = useTranslation();
  const traits = Object.entries(person.traits).sort(([a], [b]) => a.localeCompare(b));
  return (
    <Panel title={t('profile.traits')} about={t('count.traits', { count: traits.length })}>
      {traits.length === 0 && <Text size="sm" c="dimmed">{t('profile.no_traits')}</Text>}
      {traits.map(([name, trait]) => <TraitRow key={name} name={name} trait={trait} />)}
    </Panel>
  );
}

function TraitRow({ name, trait }: { name: string; trait: Trait }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <div style={{ borderTop: '1px solid var(--tl-line)' }}>
      <UnstyledButton w="100%" py={6} onClick={() => setOpen(!open)} aria-expanded={open} aria-controls={id}
        style={{ display: 'grid', gridTemplateColumns: '14px minmax(0, 3fr) minmax(0, 7fr) 36px', gap: 8, alignItems: 'baseline' }}>
        <IconChevronRight size={13} style={{ transform: open ? 'rotate(90deg)' : 'none' }} aria-hidden />
        <Text span size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{name}</Text>
        <Text span size="sm" fw={560} style={{ overflowWrap: 'anywhere' }}><Value value={trait.value} /></Text>
        {trait.others.length > 0 && <Badge size="xs" color="gray" aria-label={t('trait.others', { count: trait.others.length })}>+{trait.others.length}</Badge>}
      </UnstyledButton>
      <div id={id} hidden={!open}>{open && <Provenance name={name} trait={trait} />}</div>
    </div>
  );
}

function Provenance({ name, trait }: { name: string; trait: Trait }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div style={{ padding: '2px 0 10px 22px' }}>
      <Text size="xs">{t(`trait.why_${trait.rule}`, { source: trait.source, at: format.time(trait.at) })}</Text>
      <Text size="xs" c="dimmed">
        {[trait.party && t(`party.${trait.party}`), trait.purpose && t('trait.purpose', { purpose: trait.purpose })].filter(Boolean).join(' · ')}
      </Text>
      {trait.others.length > 0 && (
        <Table mt={4} aria-label={t('trait.others_of', { name })} verticalSpacing={3} horizontalSpacing={6} fz={12}>
          <Table.Tbody>
            {trait.others.map((other) => (
              <Table.Tr key={`${other.source}${other.at}${valueText(other.value)}`}>
                <Table.Td><Value value={other.value} /></Table.Td>
                <Table.Td>{other.source}</Table.Td>
                <Table.Td><Time at={other.at} /></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </div>
  );
}
