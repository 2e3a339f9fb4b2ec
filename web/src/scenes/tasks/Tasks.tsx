import { Button, SegmentedControl, Select, Switch, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { may, useSession } from '../../data/session';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { More } from '../../ui/Small';
import { Answer, Empty, Failure } from '../../ui/States';
import { UndoNotice } from '../../ui/UndoNotice';
import { PersonName } from '../people/PersonName';
import { DoneDialog } from './DoneDialog';
import './tasks.css';
import { filterOf, keepName, keptName, kViews, paramsOf, undoOf, useDecide, useTasks, useTeams, type Decision, type Filter, type Move, type Task, type View } from './tasksData';
import { TaskTable } from './TaskTable';

/** What journeys ask of teams and stores: taken on, given back and done here. */
export default function Tasks() {
  const { t } = useTranslation();
  const session = useSession();
  const [params, setParams] = useSearchParams();
  const filter = filterOf(params);
  const [name, setName] = useState(keptName);
  const who = name.trim() || (session.data?.actor ?? '');
  const tasks = useTasks(filter, who);
  const decide = useDecide();
  const [last, setLast] = useState<Decision | null>(null);
  const [finishing, setFinishing] = useState<Task | null>(null);
  const put = (fields: Partial<Filter>) => setParams(paramsOf({ ...filter, ...fields }), { replace: true });
  const go = (task: Task, move: Move) => {
    setLast(null);
    decide.reset();
    if (move === 'done') return setFinishing(task);
    const decision: Decision = { task, move, by: who };
    decide.mutate(decision, { onSuccess: () => setLast(decision) });
  };
  const undo = last && undoOf(last);
  const isAll = Object.keys(paramsOf(filter)).length === 0;
  return (
    <Page title={t('place.tasks')} about={t('task.about')}>
      <Filters filter={filter} name={name} usual={session.data?.actor ?? ''} onName={(next) => { setName(next); keepName(next.trim()); }} onChange={put} />
      {last && undo && <UndoNotice text={t(`task.was_${last.move}`, { title: last.task.title, by: last.by })} pending={decide.isPending} error={null} onUndo={() => decide.mutate(undo, { onSuccess: () => setLast(null) })} onClose={() => setLast(null)} />}
      {decide.error && <Failure error={decide.error} />}
      <Panel flush>
        <Answer of={tasks}>
          {(data) => {
            const items = data.pages.flatMap((page) => page.items);
            if (items.length > 0 || tasks.hasNextPage) return <><TaskTable tasks={items} name={who} onMove={may(session.data, 'write') ? go : null} /><More of={tasks} /></>;
            return isAll ? <Empty title={t('task.none')} hint={t('task.none_hint')} action={<Button variant="default" component={Link} to="/journeys">{t('message.to_journeys')}</Button>} />
              : <Empty title={t('task.none_found')} hint={t('task.none_found_hint')} action={<Button variant="default" onClick={() => setParams({}, { replace: true })}>{t('task.show_all')}</Button>} />;
          }}
        </Answer>
      </Panel>
      {finishing && <DoneDialog task={finishing} by={who} onClose={() => setFinishing(null)} />}
    </Page>
  );
}

interface FiltersProps { filter: Filter; name: string; usual: string; onName: (name: string) => void; onChange: (fields: Partial<Filter>) => void }

function Filters({ filter, name, usual, onName, onChange }: FiltersProps) {
  const { t } = useTranslation();
  const teams = useTeams();
  const [store, setStore] = useState(filter.store);
  const [asked] = useDebouncedValue(store.trim(), 300);
  useEffect(() => { if (asked !== filter.store) onChange({ store: asked }); }, [asked]);
  useEffect(() => { if (filter.store === '') setStore(''); }, [filter.store]); // All were asked for.
  const known = (teams.data?.items ?? []).map(({ team, open, claimed }) => ({ value: team, label: `${team} (${open + claimed})` }));
  const listed = filter.team && !known.some(({ value }) => value === filter.team) ? [...known, { value: filter.team, label: filter.team }] : known;
  return (
    <>
      <div className="task-filters">
        <Select label={t('task.team')} placeholder={t('task.all_teams')} clearable clearButtonProps={{ 'aria-label': t('act.clear') }} value={filter.team || null} data={listed} onChange={(team) => onChange({ team: team ?? '' })} />
        <TextInput label={t('task.store')} placeholder={t('task.all_stores')} value={store} onChange={(event) => setStore(event.currentTarget.value)} />
        <TextInput label={t('task.your_name')} placeholder={usual} value={name} maxLength={50} onChange={(event) => onName(event.currentTarget.value)} />
      </div>
      <div className="task-views">
        <SegmentedControl size="xs" aria-label={t('task.which')} value={filter.view} onChange={(view) => onChange({ view: view as View })} data={kViews.map((one) => ({ value: one, label: t(one === 'to_do' && filter.person ? 'task.view_all' : `task.view_${one}`) }))} />
        <Switch size="xs" label={t('task.only_mine')} checked={filter.mine} onChange={(event) => onChange({ mine: event.currentTarget.checked })} />
        {filter.person && <Text size="sm">{t('task.of_person')} <PersonName id={filter.person} /> <Button size="compact-xs" variant="subtle" onClick={() => onChange({ person: '' })}>{t('task.show_all')}</Button></Text>}
      </div>
    </>
  );
}
