import { Button, Checkbox, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../ui/Panel';
import { IdentifierText } from '../../ui/Small';
import { Answer } from '../../ui/States';
import { CannotLinks, Decisions } from './Decisions';
import { IdentityGraph } from './IdentityGraph';
import { mergeOf, sideToSplit, useExplanation, type Decision, type Explanation } from './identityData';
import { LinkSentences } from './LinkSentences';
import { MergeDialog } from './MergeDialog';
import { identifierKey, type Identifier, type Profile } from './peopleData';
import { SplitDialog } from './SplitDialog';

/** Why these identifiers are one person, and the tools to change that. */
export function Identity({ person, mayWrite }: { person: Profile; mayWrite: boolean }) {
  const explanation = useExplanation(person.id);
  return <Answer of={explanation}>{(data) => <Loaded person={person} explanation={data} mayWrite={mayWrite} />}</Answer>;
}

function Loaded({ person, explanation, mayWrite }: { person: Profile; explanation: Explanation; mayWrite: boolean }) {
  const { t } = useTranslation();
  const [splitting, setSplitting] = useState<Identifier[] | null>(null);
  const [merging, setMerging] = useState(false);
  const present = new Set(person.identifiers.map(identifierKey));
  const undo = mayWrite ? (decision: Decision) => setSplitting(sideToSplit(decision, present)) : undefined;
  const told = new Set(explanation.links.map((link) => mergeOf(link, explanation.decisions)?.id));
  return (
    <Stack gap="sm">
      <Panel title={t('identity.why')} about={t('identity.why_about')}
        actions={mayWrite && <Button variant="default" onClick={() => setMerging(true)}>{t('identity.merge_with')}</Button>}>
        {explanation.nodes.length > 1 && <IdentityGraph explanation={explanation} />}
        <LinkSentences explanation={explanation} onUndo={undo} />
      </Panel>
      {mayWrite && person.identifiers.length > 1 && <SplitChooser person={person} onSplit={setSplitting} />}
      <CannotLinks person={person} facts={explanation.cannot_links} mayWrite={mayWrite} />
      <Decisions decisions={explanation.decisions} told={told} onUndo={undo} />
      {splitting && <SplitDialog person={person} identifiers={splitting} onClose={() => setSplitting(null)} />}
      {merging && <MergeDialog person={person} onClose={() => setMerging(false)} />}
    </Stack>
  );
}

function SplitChooser({ person, onSplit }: { person: Profile; onSplit: (identifiers: Identifier[]) => void }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<string[]>([]);
  const identifiers = person.identifiers.filter((one) => chosen.includes(identifierKey(one)));
  const count = identifiers.length;
  const all = count === person.identifiers.length;
  return (
    <Panel title={t('identity.split')} about={t('identity.split_about')}>
      <Checkbox.Group value={chosen} onChange={setChosen} aria-label={t('identity.split')}>
        <Stack gap={6}>
          {person.identifiers.map((one) => (
            <Checkbox key={identifierKey(one)} size="xs" value={identifierKey(one)} label={<IdentifierText namespace={one.namespace} value={one.value} />} />
          ))}
        </Stack>
      </Checkbox.Group>
      <Group mt="sm" gap="sm">
        <Button disabled={count === 0 || all} onClick={() => onSplit(identifiers.map(({ namespace, value }) => ({ namespace, value })))}>
          {count > 0 ? t('identity.split_off', { count }) : `${t('identity.split')} …`}
        </Button>
        {all && <Text size="xs" c="dimmed">{t('identity.split_all')}</Text>}
      </Group>
    </Panel>
  );
}
