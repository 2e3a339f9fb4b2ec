import { Badge, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Dialog } from '../../ui/Dialog';
import { Panel } from '../../ui/Panel';
import { Dotted, IdentifierText, Time } from '../../ui/Small';
import { Failure } from '../../ui/States';
import type { CannotLink, Decision } from './identityData';
import { identifierKey, useLift, type Identifier, type Profile } from './peopleData';

const kListed = { margin: 0, padding: 0, listStyle: 'none' } as const;

function Side({ identifiers }: { identifiers: Identifier[] }) {
  return identifiers.map((one, index) => (
    <span key={identifierKey(one)}>{index > 0 && ', '}<IdentifierText {...one} /></span>
  ));
}

/** Facts that keep people apart, each with its reason and who said so. */
export function CannotLinks({ person, facts, mayWrite }: { person: Profile; facts: CannotLink[]; mayWrite: boolean }) {
  const { t } = useTranslation();
  const [lifting, setLifting] = useState<CannotLink | null>(null);
  if (facts.length === 0) return null;
  return (
    <Panel title={t('cannot.title')} about={t('cannot.about')}>
      <ul style={kListed}>
        {facts.map((fact) => (
          <li key={fact.decision} style={{ padding: '6px 0' }}>
            <Group justify="space-between" wrap="nowrap" align="flex-start">
              <div>
                <Text size="sm" component="div"><Side identifiers={fact.left} /> ≠ <Side identifiers={fact.right} /></Text>
                <Text size="xs" c="dimmed" component="div">
                  <Dotted>
                    {fact.reason}{fact.actor}<Time at={fact.at} />
                    {fact.other_profile && <Link to={`/people/${fact.other_profile}?tab=identity`}>{t('identity.other_person')}</Link>}
                  </Dotted>
                </Text>
              </div>
              {mayWrite && <Button variant="default" size="compact-xs" style={{ flexShrink: 0 }} onClick={() => setLifting(fact)}>{t('cannot.lift')}</Button>}
            </Group>
          </li>
        ))}
      </ul>
      {lifting && <LiftDialog person={person} decision={lifting.decision} onClose={() => setLifting(null)} />}
    </Panel>
  );
}

interface LiftDialogProps { person: Profile; decision: string; onClose: () => void; onDone?: () => void }

/** Asks why two sides may be one person again, and lifts what keeps them apart. */
export function LiftDialog({ person, decision, onClose, onDone }: LiftDialogProps) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const lift = useLift();
  const done = () => { onClose(); onDone?.(); };
  return (
    <Dialog onClose={onClose} title={t('cannot.lift')}>
      <Stack gap="sm">
        <Text size="sm">{t('cannot.lift_what')}</Text>
        <TextInput data-autofocus required label={t('change.reason')} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        {lift.error && <Failure error={lift.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('act.cancel')}</Button>
          <Button disabled={!reason.trim()} loading={lift.isPending}
            onClick={() => lift.mutate({ ref: person.id, decision, reason: reason.trim() }, { onSuccess: done })}>
            {t('cannot.lift')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

interface DecisionsProps {
  decisions: Decision[];
  told: ReadonlySet<string | undefined>; // Merges that are undone from their own sentence.
  onUndo: ((decision: Decision) => void) | undefined;
}

/** What people decided about this person; a merge that no sentence tells of can be undone from here. */
export function Decisions({ decisions, told, onUndo }: DecisionsProps) {
  const { t } = useTranslation();
  if (decisions.length === 0) return null;
  return (
    <Panel title={t('decision.title')}>
      <ul style={kListed}>
        {decisions.map((decision) => (
          <li key={decision.id} style={{ padding: '6px 0' }}>
            <Group justify="space-between" wrap="nowrap" align="flex-start">
              <div>
                <Text size="sm" component="div">
                  <Badge color="gray" mr={6}>{t(`decision.${decision.kind}`)}</Badge>
                  <Side identifiers={decision.left} /> / <Side identifiers={decision.right} />
                </Text>
                <Text size="xs" c="dimmed" component="div"><Dotted>{decision.reason}{decision.actor}<Time at={decision.at} />{!decision.ended && t(`decision.${decision.state}`)}</Dotted></Text>
                {decision.ended && (
                  <Text size="xs" c="dimmed" component="div">{t(`decision.${decision.state}`)}: <Dotted>{decision.ended.reason}{decision.ended.actor}<Time at={decision.ended.at} /></Dotted></Text>
                )}
              </div>
              {onUndo && decision.kind === 'merge' && decision.state === 'in_force' && !told.has(decision.id) && (
                <Button variant="default" size="compact-xs" onClick={() => onUndo(decision)}>{t('decision.undo')}</Button>
              )}
            </Group>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
