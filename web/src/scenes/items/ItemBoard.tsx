import { Button, Menu, Text } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ConflictNotice } from '../../ui/ConflictNotice';
import { More } from '../../ui/Small';
import { Answer, Failure, Partial } from '../../ui/States';
import { UndoNotice } from '../../ui/UndoNotice';
import { useFormat } from '../../ui/useFormat';
import { valueText } from '../../data/format';
import { PersonName } from '../people/PersonName';
import { DueText } from './ItemType';
import { fieldsOf, MovedSince, movesFrom, nextOn, useItems, useMove, type Catalog, type Item, type Move } from './itemsData';
import { useStateText } from './useStateText';
import { useTypeText } from './useTypeText';

const kFields = 3; // On a card; all of them stand in its dialog.

interface BoardProps { catalog: Catalog; states: readonly string[]; mayMove: boolean; onOpen: (id: string) => void }

/** A column a state; a card goes on by its button, and comes back with Undo. */
export function ItemBoard({ catalog, states, mayMove, onOpen }: BoardProps) {
  const { t } = useTranslation();
  const { nameOf } = useTypeText();
  const stateText = useStateText();
  const [done, setDone] = useState<Move | null>(null);
  const move = useMove(catalog);
  const isMoved = move.error instanceof MovedSince;
  const run = (wish: Move, isUndo = false) => move.mutate(wish, { onSuccess: () => setDone(isUndo || wish.from === null ? null : wish), onError: () => setDone(null) });
  const go = (item: Item, to: string) => run({ id: item.id, from: item.state, to });
  return (
    <>
      {done && <UndoNotice text={t('item.moved', { id: done.id, state: stateText(done.to) })} pending={move.isPending} error={null} onUndo={() => run({ id: done.id, from: done.to, to: done.from ?? '' }, true)} onClose={() => setDone(null)} />}
      {isMoved ? <MovedNotice catalog={catalog} wish={move.variables} now={(move.error as MovedSince).now} onLeave={move.reset} onMove={run} /> : move.error && <Failure error={move.error} />}
      <div className="item-board" role="group" aria-label={nameOf(catalog)} tabIndex={0}>
        {states.map((state) => <Column key={state} catalog={catalog} columns={states} state={state} onMove={mayMove ? go : null} onOpen={onOpen} />)}
      </div>
    </>
  );
}

interface MovedProps { catalog: Catalog; wish: Move | undefined; now: Item | null; onLeave: () => void; onMove: (wish: Move) => void }

/** Somebody else was quicker: where the item is now, and whether it is to move on all the same. */
function MovedNotice({ catalog, wish, now, onLeave, onMove }: MovedProps) {
  const { t } = useTranslation();
  const stateText = useStateText();
  if (!wish) return null;
  if (!now) return <Partial>{t('item.removed_meanwhile', { id: wish.id })}</Partial>;
  const mayGo = movesFrom(catalog, now.state).includes(wish.to);
  return (
    <ConflictNotice now={{ updated_at: now.since ?? now.changed_at }} title={t('item.moved_meanwhile', { id: wish.id })} theirs={t('item.leave_there')} onTheirs={onLeave}
      {...(mayGo ? { mine: t('item.move_all_the_same', { state: stateText(wish.to) }), onMine: () => onMove({ ...wish, from: now.state }) } : {})}>
      <b>{now.state ? stateText(now.state) : '–'}</b>
    </ConflictNotice>
  );
}

interface ColumnProps { catalog: Catalog; columns: readonly string[]; state: string; onMove: ((item: Item, to: string) => void) | null; onOpen: (id: string) => void }

function Column({ catalog, columns, state, onMove, onOpen }: ColumnProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const stateText = useStateText();
  const items = useItems(catalog.key, { state });
  const shown = items.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="board-column" aria-label={stateText(state)} data-state={state}>
      <Text fw={620} size="sm" mb={8}>{stateText(state)} <Text span size="xs" c="dimmed" className="num">{format.number(shown.length)}{items.hasNextPage ? '+' : ''}</Text></Text>
      <Answer of={items} rows={2}>
        {() => (
          <>
            {shown.length === 0 && <Text size="xs" c="dimmed">{t('item.nothing_here')}</Text>}
            {shown.map((item) => <Card key={item.id} item={item} catalog={catalog} columns={columns} onMove={onMove} onOpen={onOpen} />)}
            <More of={items} />
          </>
        )}
      </Answer>
    </section>
  );
}

function Card({ item, catalog, columns, onMove, onOpen }: { item: Item } & Omit<ColumnProps, 'state'>) {
  const { t } = useTranslation();
  const stateText = useStateText();
  const moves = onMove ? movesFrom(catalog, item.state) : [];
  const next = nextOn(columns, item.state, moves);
  const others = moves.filter((one) => one !== next);
  return (
    <article className="board-card" data-item={item.id} data-overdue={item.overdue}>
      <button type="button" className="board-open" onClick={() => onOpen(item.id)}>{item.id}</button>
      {item.owner?.profile && <div><PersonName id={item.owner.profile} /></div>}
      {item.due && <Text size="xs" c="dimmed" component="div">{t('item.due')} <DueText item={item} /></Text>}
      {fieldsOf(catalog, item).filter(([name]) => name !== catalog.owner?.field).slice(0, kFields).map(([name, value]) => <Text key={name} size="xs" component="div"><Text span inherit c="dimmed">{name}</Text> {valueText(value)}</Text>)}
      {onMove && moves.length > 0 && (
        <div className="board-moves">
          {next && <Button size="compact-sm" aria-label={t('item.move', { id: item.id, state: stateText(next) })} onClick={() => onMove(item, next)}>{stateText(next)}</Button>}
          {others.length > 0 && (
            <Menu position="bottom-end">
              <Menu.Target><Button variant="default" size="compact-sm" px={4} aria-label={t('item.move_elsewhere', { id: item.id })}><IconChevronDown size={14} /></Button></Menu.Target>
              <Menu.Dropdown>{others.map((one) => <Menu.Item key={one} onClick={() => onMove(item, one)}>{stateText(one)}</Menu.Item>)}</Menu.Dropdown>
            </Menu>
          )}
        </div>
      )}
    </article>
  );
}
