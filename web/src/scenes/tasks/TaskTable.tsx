import { Badge, Button, Group, Table, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Cell } from '../../ui/Cell';
import { Dotted, Time } from '../../ui/Small';
import { useFormat } from '../../ui/useFormat';
import { PersonName } from '../people/PersonName';
import { dueOf, movesOf, type Move, type Task } from './tasksData';

const kColors = { open: 'gray', claimed: 'line', done: 'line', escalated: 'gold', withdrawn: 'gray' } as const satisfies Record<Task['state'], string>;
const kClockMs = 5000;

interface TableProps { tasks: Task[]; name: string; onMove: ((task: Task, move: Move) => void) | null } // Null: who is signed in may not.

/** Tasks, a row each: what, by when, about whom, who has it, and what can be done with it. */
export function TaskTable({ tasks, name, onMove }: TableProps) {
  const { t } = useTranslation();
  const now = useNow();
  return (
    <div className="scroll-x">
      <Table className="cards tasks" aria-label={t('place.tasks')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('task.what')}</Table.Th>
            <Table.Th>{t('task.due')}</Table.Th>
            <Table.Th>{t('task.about_what')}</Table.Th>
            <Table.Th>{t('task.who')}</Table.Th>
            <Table.Th><span className="visually-hidden">{t('act.actions')}</span></Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{tasks.map((one) => <Row key={one.id} task={one} name={name} now={now} onMove={onMove} />)}</Table.Tbody>
      </Table>
    </div>
  );
}

/** Now, anew every few seconds: what comes due says so while nobody touches anything. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const clock = setInterval(() => setNow(Date.now()), kClockMs);
    return () => clearInterval(clock);
  }, []);
  return now;
}

function Row({ task, name, now, onMove }: { task: Task; name: string; now: number } & Pick<TableProps, 'onMove'>) {
  const { t } = useTranslation();
  const moves = onMove ? movesOf(task, name) : [];
  return (
    <Table.Tr data-task={task.id} data-state={task.state} data-late={(dueOf(task, now)?.late ?? 0) > 0 && task.closed_at === null}>
      <Cell>
        <div className="task-title">{task.title}</div>
        <Text size="xs" c="dimmed"><Dotted>{task.team}{task.store ?? ''}<Link className="row-link" to={`/journeys/${task.journey}`}>{task.journey}</Link></Dotted></Text>
      </Cell>
      <Cell label={t('task.due')}><DueText task={task} now={now} /></Cell>
      <Cell label={t('task.about_what')}>
        <div>
          <PersonName id={task.profile} />
          {task.catalog && task.item && <div><Link className="row-link mono" to={`/items/${task.catalog}?item=${encodeURIComponent(task.item)}`}>{task.catalog} {task.item}</Link></div>}
        </div>
      </Cell>
      <Cell label={t('task.who')}><WhoText task={task} /></Cell>
      <Cell ta="right">
        {onMove && moves.length > 0 && (
          <Group gap={6} wrap="nowrap" justify="flex-end">
            {moves.map((move, place) => <Button key={move} size="compact-sm" variant={place === 0 && move !== 'take_over' ? 'filled' : 'default'} aria-label={t(`task.${move}_it`, { title: task.title })} onClick={() => onMove(task, move)}>{t(`task.${move}`)}</Button>)}
          </Group>
        )}
      </Cell>
    </Table.Tr>
  );
}

/** When it is due, or by how long it is late. */
function DueText({ task, now }: { task: Task; now: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const due = dueOf(task, now);
  if (!due) return <Text span size="sm" c="dimmed">{t('task.no_due')}</Text>;
  if (due.late === 0) return <time dateTime={due.due} title={format.time(due.due)} className="num nowrap">{format.ago(due.due, now)}</time>;
  return <Badge component="time" dateTime={due.due} title={format.time(due.due)} color={task.closed_at ? 'gold' : 'red'}>{t('task.late_by', { time: format.span(due.late) })}</Badge>;
}

/** Who has it or did it, and what became of it. */
function WhoText({ task }: { task: Task }) {
  const { t } = useTranslation();
  const { state, by, note, claimed_at: claimed, closed_at: closed } = task;
  return (
    <div style={{ minWidth: 0 }}>
      {state === 'open' ? <Text span size="sm" c="dimmed" className="nowrap">{t('task.nobody')}</Text> : state === 'claimed' ? <Text span size="sm" fw={560}>{by}</Text> : <Badge color={kColors[state]}>{t(`task.state_${state}`)}</Badge>}{' '}
      {state === 'done' && <Text span size="sm" fw={560}>{by}</Text>}{' '}
      {(closed ?? claimed) && <Text span size="xs" c="dimmed"><Time at={closed ?? claimed} /></Text>}
      {note && <Text size="sm" className="task-note">{note}</Text>}
    </div>
  );
}
