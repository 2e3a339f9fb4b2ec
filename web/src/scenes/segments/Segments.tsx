import { ActionIcon, Button, Menu, Table, Text, TextInput } from '@mantine/core';
import { IconDots, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useRemoval } from '../../data/removal';
import { may, useSession } from '../../data/session';
import { Cell } from '../../ui/Cell';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { DeletedNotice, RemovalNotice } from '../../ui/Removal';
import { Dotted, Time } from '../../ui/Small';
import { Answer, Empty } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { Examples } from './Examples';
import { RenameSegment } from './RenameSegment';
import './segments.css';
import { SegmentState } from './SegmentState';
import { kSegments, useSegments, type Segment } from './segmentsData';
import { usePeopleText } from './words';

const kFilteredFrom = 8; // So many segments are worth a field to find one.

/** Lists of people that keep themselves. */
export default function Segments() {
  const { t } = useTranslation();
  const session = useSession();
  const segments = useSegments();
  const [words, setWords] = useState('');
  const remove = useRemoval(kSegments);
  const mayWrite = may(session.data, 'write');
  const create = mayWrite && <Button component={Link} to="/segments/new">{t('segment.new')}</Button>;
  return (
    <Page title={t('place.segments')} about={t('segment.about')} actions={segments.data?.length ? create : undefined}>
      <DeletedNotice shelf={kSegments} text={({ name }) => t('saved.deleted', { name })} />
      <RemovalNotice of={remove} />
      <Answer of={segments}>
        {(all) => {
          if (all.length === 0) return <Panel><Empty title={t('segment.none')} hint={t('segment.none_hint')} action={create} />{mayWrite && <Examples />}</Panel>;
          const found = all.filter((one) => `${one.name} ${one.key} ${one.description}`.toLocaleLowerCase().includes(words.trim().toLocaleLowerCase()));
          return (
            <>
              {all.length >= kFilteredFrom && (
                <TextInput size="sm" mb="sm" type="search" value={words} onChange={(event) => setWords(event.currentTarget.value)} leftSection={<IconSearch size={16} />} aria-label={t('segment.find')} placeholder={t('segment.find')} />
              )}
              <Panel flush>
                {found.length === 0 ? <Empty title={t('segment.none_found', { words })} /> : <SegmentTable segments={found} mayWrite={mayWrite} onDelete={remove.run} />}
              </Panel>
            </>
          );
        }}
      </Answer>
    </Page>
  );
}

interface TableProps { segments: Segment[]; mayWrite: boolean; onDelete: (segment: Segment) => void }

function SegmentTable({ segments, mayWrite, onDelete }: TableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const peopleText = usePeopleText();
  return (
    <div className="scroll-x">
      <Table className="cards" aria-label={t('place.segments')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('segment.segment')}</Table.Th>
            <Table.Th className="num">{t('segment.size')}</Table.Th>
            <Table.Th>{t('segment.state')}</Table.Th>
            <Table.Th>{t('saved.changed')}</Table.Th>
            {mayWrite && <Table.Th><span className="visually-hidden">{t('act.actions')}</span></Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {segments.map((one) => (
            <Table.Tr key={one.key} data-segment={one.key}>
              <Cell>
                <div>
                  <Link className="row-link" to={`/segments/${one.key}`}>{one.name}</Link>
                  <Text size="xs" c="dimmed" maw={680} lineClamp={2}>{one.description || peopleText(one.conditions)}</Text>
                </div>
              </Cell>
              <Cell label={t('segment.size')} className="num">{format.number(one.size)}</Cell>
              <Cell label={t('segment.state')}><SegmentState state={one.state} /></Cell>
              <Cell label={t('saved.changed')}><span><Dotted><Time at={one.updated_at} />{one.updated_by}</Dotted></span></Cell>
              {mayWrite && <Cell ta="right"><RowMenu segment={one} onDelete={onDelete} /></Cell>}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function RowMenu({ segment, onDelete }: { segment: Segment; onDelete: (segment: Segment) => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [renaming, setRenaming] = useState(false);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={t('saved.actions', { name: segment.name })}><IconDots size={16} /></ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => void navigate(`/segments/${segment.key}/edit`)}>{t('segment.edit')}</Menu.Item>
          <Menu.Item onClick={() => setRenaming(true)}>{t('act.rename')} …</Menu.Item>
          <Menu.Item onClick={() => void navigate(`/segments/new?from=${segment.key}`)}>{t('act.duplicate')}</Menu.Item>
          <Menu.Item c="var(--mantine-color-error)" onClick={() => onDelete(segment)}>{t('act.delete')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {renaming && <RenameSegment segment={segment} onClose={() => setRenaming(false)} />}
    </>
  );
}
