import { Button, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { keyOf } from '../../data/definitions';
import { ApiError } from '../../data/errors';
import { useRemoval } from '../../data/removal';
import { may, useSession } from '../../data/session';
import { ConflictNotice } from '../../ui/ConflictNotice';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { RemovalNotice } from '../../ui/Removal';
import { Answer, Failure, Partial as Note } from '../../ui/States';
import { kNothingLost } from '../../ui/unsaved';
import { useFormat } from '../../ui/useFormat';
import { useUnsaved } from '../../ui/useUnsaved';
import './items.css';
import { kTypes, readCatalog, useCatalog, useWriteType, type Loaded } from './itemsData';
import { FieldsPanel, OwnerPanel, TimesPanel } from './TypePanels';
import { StatesPanel } from './StatesPanel';
import { draftOf, kEmptyDraft, missingOf, writeOf, type Draft } from './typeDraft';

/** Makes a type of items, or changes one: its fields, whose items are, their states, what was promised. */
export default function TypeEditor() {
  const { t } = useTranslation();
  const { key } = useParams();
  const loaded = useCatalog(key ?? null);
  if (key !== undefined && !loaded.data) return <Page title={t('item.type')}><Answer of={loaded}>{() => null}</Answer></Page>;
  return <Editor key={key ?? ''} loaded={key === undefined ? null : loaded.data ?? null} />;
}

const startOf = (loaded: Loaded | null): Draft => (loaded ? draftOf(loaded.catalog.key, loaded.catalog) : kEmptyDraft);
const isSame = (one: Draft, other: Draft) => JSON.stringify(one) === JSON.stringify(other);

function Editor({ loaded }: { loaded: Loaded | null }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const session = useSession();
  const format = useFormat();
  const [base, setBase] = useState(loaded); // What the draft was made on.
  const [draft, setDraft] = useState(() => startOf(loaded));
  const [theirs, setTheirs] = useState<Loaded | 'gone' | null>(null); // What somebody else made of it meanwhile.
  const write = useWriteType();
  const remove = useRemoval(kTypes);
  const isDirty = !isSame(draft, startOf(base));
  const question = useUnsaved(isDirty);
  const missing = missingOf(draft);
  const items = base?.catalog.items ?? 0;
  const mayWrite = may(session.data, 'write');
  const put = (fields: Partial<Draft>) => setDraft((before) => ({ ...before, ...fields }));
  const save = (etag: string | null) => write.mutate({ key: draft.key, etag, body: writeOf(draft) }, {
    onSuccess: () => void navigate(`/items/${draft.key}`, { state: kNothingLost }),
    onError: (error) => { if (base && error instanceof ApiError && error.status === 412) readCatalog(draft.key).then(setTheirs, () => setTheirs('gone')); },
  });
  const takeTheirs = () => {
    if (!theirs || theirs === 'gone') return;
    setBase(theirs);
    setDraft(startOf(theirs));
    setTheirs(null);
    write.reset();
  };
  const shared = { draft, isLocked: items > 0, onChange: put };
  return (
    <Page title={base ? t('segment.edit_named', { name: base.catalog.name }) : t('item.new_type')} about={t('item.type_about')}
      actions={
        <>
          {base && items === 0 && mayWrite && <Button variant="default" c="var(--mantine-color-error)" onClick={() => remove.run(base.catalog)}>{t('act.delete')}</Button>}
          <Button variant="default" component={Link} to={base ? `/items/${base.catalog.key}` : '/items'}>{t('act.cancel')}</Button>
        </>
      }>
      <RemovalNotice of={remove} />
      <form onSubmit={(event) => { event.preventDefault(); if (!missing) save(base?.etag ?? null); }}>
        <fieldset className="type-editor" disabled={!mayWrite || write.isPending}>
          {items > 0 && <Note>{t('item.type_locked', { count: items, number: format.number(items) })}</Note>}
          <Panel>
            <div className="type-names">
              <TextInput required autoFocus={!base} label={t('source.name')} description={draft.key ? `${t('source.key')}: ${draft.key}` : ''} value={draft.name} maxLength={100} onChange={({ currentTarget: { value } }) => put({ name: value, ...(base ? {} : { key: keyOf(value) }) })} />
              <TextInput label={t('act.description')} value={draft.description} maxLength={500} onChange={(event) => put({ description: event.currentTarget.value })} />
            </div>
          </Panel>
          <FieldsPanel {...shared} />
          <OwnerPanel {...shared} />
          <StatesPanel {...shared} />
          <TimesPanel {...shared} />
          {theirs !== null ? (
            <ConflictNotice now={theirs === 'gone' ? null : theirs.catalog} onTheirs={takeTheirs} onMine={() => save(theirs === 'gone' ? null : theirs.etag)}>
              {theirs !== 'gone' && <b>{theirs.catalog.name}</b>}
            </ConflictNotice>
          ) : write.error && <Failure error={write.error} />}
          <Stack gap={4} align="flex-end">
            {missing && isDirty && <Text size="xs" c="dimmed">{t(`item.missing_${missing}`)}</Text>}
            <Button type="submit" disabled={missing !== null || !isDirty || !mayWrite} loading={write.isPending}>{t('act.save')}</Button>
          </Stack>
        </fieldset>
      </form>
      {question}
    </Page>
  );
}
