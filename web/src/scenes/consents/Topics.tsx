import { Badge, Button, Group, Select, Stack, Table, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keyOf } from '../../data/definitions';
import { Cell } from '../../ui/Cell';
import { Dialog } from '../../ui/Dialog';
import { Panel } from '../../ui/Panel';
import { Answer, Empty, Failure } from '../../ui/States';
import { useLengthText } from '../../ui/useLengthText';
import { CapFields, capsOf, type CapWish } from './CapFields';
import { DefinitionActions } from './DefinitionActions';
import { usePurposes, useTopics, useWriteTopic, type Purpose, type Topic } from './consentsData';

/** What people subscribe to. */
export function Topics({ mayWrite }: { mayWrite: boolean }) {
  const { t } = useTranslation();
  const length = useLengthText();
  const topics = useTopics();
  const purposes = usePurposes();
  const [edited, setEdited] = useState<Topic | 'new' | null>(null);
  const hasPurposes = (purposes.data?.length ?? 0) > 0;
  const create = mayWrite && hasPurposes ? <Button onClick={() => setEdited('new')}>{t('consent.new_topic')}</Button> : undefined;
  return (
    <Panel title={t('consent.tab_topics')} about={t('consent.topics_about')} actions={create} flush>
      <Answer of={topics}>
        {(items) => items.length === 0 ? <Empty title={t('consent.no_topics')} hint={t(hasPurposes ? 'consent.no_topics_hint' : 'consent.purpose_first')} /> : (
          <div className="scroll-x">
            <Table className="cards" aria-label={t('consent.tab_topics')}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('consent.name')}</Table.Th><Table.Th>{t('source.key')}</Table.Th><Table.Th>{t('consent.purpose')}</Table.Th>
                  <Table.Th>{t('consent.default')}</Table.Th><Table.Th>{t('consent.caps')}</Table.Th>
                  <Table.Th><span className="visually-hidden">{t('act.actions')}</span></Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((topic) => (
                  <Table.Tr key={topic.key} data-topic={topic.key}>
                    <Cell fw={560}>{topic.name}</Cell>
                    <Cell label={t('source.key')} className="mono">{topic.key}</Cell>
                    <Cell label={t('consent.purpose')} className="mono">{topic.purpose}</Cell>
                    <Cell label={t('consent.default')}>{t(`consent.default_${topic.default}`)}</Cell>
                    <Cell label={t('consent.caps')}>{topic.caps.length === 0 ? '–' : topic.caps.map((cap) => <Badge key={cap.within} color="gray" tt="none" mr={4}>{`${cap.messages} / ${length(cap.within)}`}</Badge>)}</Cell>
                    <Cell ta="right">
                      {mayWrite && <DefinitionActions kind="topics" definition={topic} onEdit={() => setEdited(topic)} />}
                    </Cell>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </Answer>
      {edited && <TopicDialog topic={edited === 'new' ? null : edited} purposes={purposes.data ?? []} onClose={() => setEdited(null)} />}
    </Panel>
  );
}

function TopicDialog({ topic, purposes, onClose }: { topic: Topic | null; purposes: Purpose[]; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(topic?.name ?? '');
  const [purpose, setPurpose] = useState(topic?.purpose ?? purposes[0]?.key ?? '');
  const [usual, setUsual] = useState<Topic['default']>(topic?.default ?? 'unsubscribed');
  const [cap, setCap] = useState<CapWish>(topic?.caps[0] ?? { messages: '', within: '7d' });
  const write = useWriteTopic();
  const key = topic?.key ?? keyOf(name);
  const caps = capsOf(cap, topic?.caps.slice(1) ?? []);
  const submit = () => write.mutate({ key, seen: topic, body: { name: name.trim(), description: topic?.description ?? '', purpose, default: usual, caps } }, { onSuccess: onClose });
  return (
    <Dialog onClose={onClose} title={topic ? t('consent.edit_named', { name: topic.name }) : t('consent.new_topic')}>
      <form onSubmit={(event) => { event.preventDefault(); submit(); }}>
        <Stack gap="sm">
          <TextInput data-autofocus required label={t('consent.name')} description={key ? `${t('source.key')}: ${key}` : ''} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Select label={t('consent.purpose')} value={purpose} allowDeselect={false} onChange={(value) => setPurpose(value ?? '')} data={purposes.map((one) => ({ value: one.key, label: one.name }))} />
          <Select label={t('consent.default')} value={usual} allowDeselect={false} onChange={(value) => setUsual((value ?? 'unsubscribed') as Topic['default'])}
            data={(['unsubscribed', 'subscribed'] as const).map((value) => ({ value, label: t(`consent.default_${value}`) }))} />
          <CapFields cap={cap} onChange={setCap} />
          {write.error && <Failure error={write.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('act.cancel')}</Button>
            <Button type="submit" disabled={!key || !purpose} loading={write.isPending}>{t('consent.save')}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
