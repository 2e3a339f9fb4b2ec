import { Badge, Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../ui/Panel';
import { IdentifierText, Time } from '../../ui/Small';
import { useFormat } from '../../ui/useFormat';
import type { Standing } from '../consents/consentsData';
import { Proof, StateBadge } from '../consents/Statements';
import { ConsentDialog } from './ConsentDialog';
import type { Profile } from './peopleData';

/** What stands for each purpose and topic, by what proof; to be written down by who may. */
export function ConsentsPanel({ person, mayWrite }: { person: Profile; mayWrite: boolean }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const all = [...Object.entries(person.consents), ...Object.entries(person.topics)];
  return (
    <Panel title={t('place.consents')} {...(mayWrite ? { actions: <Button variant="default" size="compact-xs" onClick={() => setOpen(true)}>{t('consent.write')} …</Button> } : {})}>
      {all.length === 0 && <Text size="sm" c="dimmed">{t('consent.nothing_said')}</Text>}
      {all.map(([key, standing]) => <StandingRow key={key} name={key} standing={standing} />)}
      {open && <ConsentDialog person={person} onClose={() => setOpen(false)} />}
    </Panel>
  );
}

function StandingRow({ name, standing }: { name: string; standing: Standing }) {
  const { t } = useTranslation();
  return (
    <div data-consent={name} style={{ borderTop: '1px solid var(--tl-line)', padding: '6px 0' }}>
      <Group gap="xs">
        <Text span size="sm" fw={560}>{name}</Text>
        <StateBadge state={standing.state} />
        {standing.conflict && <Badge color="gold">{t('consent.conflict')}</Badge>}
        {Object.entries(standing.only ?? {}).map(([channel, one]) => (
          <Text key={channel} span size="xs" c="dimmed">{t('consent.only', { channel })}: {t(`consent.state_${one.state}`)}</Text>
        ))}
      </Group>
      <Said standing={standing} />
      {standing.conflict && <Text size="xs" c="dimmed">{t('consent.conflict_hint')}</Text>}
    </div>
  );
}

function Said({ standing }: { standing: Standing }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { at, means, identifier, expires_at: expires } = standing;
  if (!at || !means) return null;
  const one = { means, source: standing.source ?? null, channel: standing.channel ?? null, notice_version: standing.notice_version ?? null, evidence: standing.evidence ?? null, actor: standing.actor ?? null };
  return (
    <Text size="xs" c="dimmed" component="div">
      <Time at={at} /> · <Proof one={one} />
      {identifier && <> · <IdentifierText namespace={identifier.namespace} value={identifier.value} /></>}
      {expires && <> · {t('consent.until', { at: format.time(expires) })}</>}
    </Text>
  );
}
