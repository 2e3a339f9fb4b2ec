import { useEffect, useLayoutEffect, useRef, useState, type DragEvent, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { kAfterDialogMs } from '../../ui/useArrival';
import { changed, moved, type Dashboard, type Range, type Tile } from './board';
import './dashboard.css';
import type { Change } from './dashboardsData';
import { RenameTile } from './RenameTile';
import { TilePanel, type TileActions } from './TilePanel';

interface BoardGridProps {
  dashboard: Dashboard;
  range: Range | null;
  mayWrite: boolean;
  added: string | null; // The question that was put here last, by its key.
  onChange: (change: Change) => void;
  onRemoved: (removed: { tile: Tile; place: number }) => void;
}

/** The tiles in their order; moved by dragging their handles, or with arrow keys on them. */
export function BoardGrid({ dashboard, range, mayWrite, added, onChange, onRemoved }: BoardGridProps) {
  const { t } = useTranslation();
  const { tiles } = dashboard;
  const list = useRef<HTMLUListElement>(null);
  const [sized, setSized] = useState('');
  const [movedLast, setMovedLast] = useState<string | null>(null);
  const [renaming, setRenaming] = useState<string | null>(null);
  const [dragged, setDragged] = useState<string | null>(null);
  const [over, setOver] = useState<string | null>(null);
  const keep = useKeptFocus(list, tiles);
  const isAdded = tiles.some((tile) => tile.question === added);
  useEffect(() => {
    if (!isAdded || !added) return;
    const timer = setTimeout(() => {
      const tile = list.current?.querySelector<HTMLElement>(`[data-tile="${CSS.escape(added)}"]`);
      tile?.querySelector<HTMLElement>('[data-grip]')?.focus({ preventScroll: true });
      tile?.scrollIntoView({ block: 'center' });
      setSized(t('board.added'));
    }, kAfterDialogMs);
    return () => clearTimeout(timer);
  }, [added, isAdded, t]);

  const move = (question: string, to: number) => {
    if (to < 0 || to >= tiles.length) return;
    onChange((now) => ({ tiles: moved(now.tiles, question, to) }));
    setMovedLast(question);
  };
  // By steps from where the tile is by then: keys come faster than the page is drawn.
  const shift = (question: string, step: number) => {
    onChange((now) => ({ tiles: moved(now.tiles, question, now.tiles.findIndex((tile) => tile.question === question) + step) }));
    setMovedLast(question);
  };
  const placeOfMoved = tiles.findIndex((tile) => tile.question === movedLast);
  const said = placeOfMoved < 0 ? sized : t('board.moved', { place: placeOfMoved + 1, of: tiles.length });
  const actionsOf = (tile: Tile, place: number): TileActions => ({
    onMove: (step) => { keep(tile.question); shift(tile.question, step); },
    onResize: (size) => {
      onChange((now) => ({ tiles: changed(now.tiles, tile.question, { size }) }));
      setSized(t(`board.size_${size}`));
      setMovedLast(null);
    },
    onRename: () => setRenaming(tile.question),
    onRemove: () => {
      onChange((now) => ({ tiles: now.tiles.filter((one) => one.question !== tile.question) }));
      onRemoved({ tile, place });
    },
  });
  const onDragStart = (event: DragEvent<HTMLLIElement>, question: string) => {
    if (!(event.target as HTMLElement).closest('[data-grip]')) return;
    event.dataTransfer.effectAllowed = 'move';
    event.dataTransfer.setData('text/plain', question);
    event.dataTransfer.setDragImage(event.currentTarget, 20, 20);
    setDragged(question);
  };
  const drop = (event: DragEvent, place: number) => {
    event.preventDefault();
    if (dragged) move(dragged, place);
    setDragged(null);
    setOver(null);
  };
  const renamed = tiles.find((tile) => tile.question === renaming);
  return (
    <>
      <ul className="board" ref={list} aria-label={t('board.tiles')}>
        {tiles.map((tile, place) => (
          <li key={tile.question} data-tile={tile.question} data-size={tile.size}
            {...(dragged === tile.question ? { 'data-dragged': true } : {})} {...(over === tile.question && dragged !== tile.question ? { 'data-over': true } : {})}
            onDragStart={(event) => onDragStart(event, tile.question)} onDragEnd={() => { setDragged(null); setOver(null); }}
            onDragOver={(event) => { if (dragged) { event.preventDefault(); setOver(tile.question); } }} onDrop={(event) => drop(event, place)}>
            <TilePanel tile={tile} range={range} place={{ at: place, of: tiles.length }} actions={mayWrite ? actionsOf(tile, place) : null} />
          </li>
        ))}
      </ul>
      <div className="visually-hidden" role="status">{said}</div>
      {renamed && <RenameTile tile={renamed} onClose={() => setRenaming(null)}
        onRename={(title) => onChange((now) => ({ tiles: changed(now.tiles, renamed.question, { title }) }))} />}
    </>
  );
}

/** Keeps the focus on the handle of a tile that is moved: its element leaves the page for a moment. */
function useKeptFocus(list: RefObject<HTMLUListElement | null>, tiles: readonly Tile[]) {
  const wanted = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (!wanted.current) return;
    list.current?.querySelector<HTMLElement>(`[data-tile="${CSS.escape(wanted.current)}"] [data-grip]`)?.focus();
    wanted.current = null;
  }, [list, tiles]);
  return (question: string) => { wanted.current = question; };
}
