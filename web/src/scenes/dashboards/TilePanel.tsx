import { ActionIcon, Menu, Title } from '@mantine/core';
import { IconCheck, IconDots, IconGripVertical } from '@tabler/icons-react';
import { useId, useMemo, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { WithinFrame } from '../../ui/Panel';
import { Answer } from '../../ui/States';
import { QuestionAnswer } from '../questions/QuestionAnswer';
import { changePath, useAnswer, useSavedQuestion, type Asked, type ChartKind } from '../questions/questionsData';
import { inRange, kSizes, resized, type Range, type Tile, type TileSize } from './board';

const kChartHeight = 180;

/** What can be done with a tile. */
export interface TileActions {
  onMove: (step: -1 | 1) => void;
  onResize: (size: TileSize) => void;
  onRename: () => void;
  onRemove: () => void;
}

interface TilePanelProps {
  tile: Tile;
  range: Range | null;
  place: { at: number; of: number };
  actions: TileActions | null; // Null: nobody may change it here.
}

/** A saved question on a dashboard. */
export function TilePanel({ tile, range, place, actions }: TilePanelProps) {
  const id = useId();
  const question = useSavedQuestion(tile.question);
  const saved = question.data?.question;
  const asked = useMemo(() => saved && inRange(saved.question, range), [saved, range]);
  const title = tile.title ?? saved?.name ?? tile.question;
  return (
    <section className="panel" aria-labelledby={id}>
      <div className="tile-head">
        {actions && <Grip title={title} size={tile.size} actions={actions} />}
        <Title order={2} id={id} fz={14}><Link className="row-link" to={`/questions/${tile.question}`}>{title}</Link></Title>
        <TileMenu title={title} size={tile.size} place={place} actions={actions} change={asked && { path: changePath(asked, tile.question), isSql: asked.kind === 'sql' }} />
      </div>
      <Answer of={question} rows={6}>{(data) => <TileBody question={asked ?? data.question.question} chart={data.question.chart} title={title} />}</Answer>
    </section>
  );
}

/** The handle: dragged with a pointer, moved and resized with arrow keys. */
function Grip({ title, size, actions }: { title: string; size: TileSize; actions: TileActions }) {
  const { t } = useTranslation();
  const onKey = (event: KeyboardEvent) => {
    const step = ['ArrowLeft', 'ArrowUp'].includes(event.key) ? -1 : ['ArrowRight', 'ArrowDown'].includes(event.key) ? 1 : 0;
    if (!step) return;
    event.preventDefault();
    if (event.shiftKey) actions.onResize(resized(size, step));
    else actions.onMove(step);
  };
  return (
    <ActionIcon component="div" role="button" tabIndex={0} draggable className="tile-grip" data-grip variant="subtle" color="gray" size="sm"
      aria-label={t('board.grip', { title })} aria-keyshortcuts="ArrowLeft ArrowRight Shift+ArrowLeft Shift+ArrowRight" title={t('board.grip_hint')} onKeyDown={onKey}>
      <IconGripVertical size={15} />
    </ActionIcon>
  );
}

interface TileMenuProps extends Pick<TilePanelProps, 'place' | 'actions'> {
  title: string;
  size: TileSize;
  change: { path: string; isSql: boolean } | undefined; // Where the question is changed, once it is known.
}

function TileMenu({ title, size, place, actions, change }: TileMenuProps) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t('saved.actions', { name: title })}><IconDots size={15} /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {change && <Menu.Item component={Link} to={change.path}>{t(change.isSql ? 'saved.change_sql' : 'saved.change')}</Menu.Item>}
        {actions && (
          <>
            <Menu.Item onClick={actions.onRename}>{t('act.rename')} …</Menu.Item>
            <Menu.Item disabled={place.at === 0} onClick={() => actions.onMove(-1)}>{t('board.earlier')}</Menu.Item>
            <Menu.Item disabled={place.at === place.of - 1} onClick={() => actions.onMove(1)}>{t('board.later')}</Menu.Item>
            <Menu.Label>{t('board.size')}</Menu.Label>
            {kSizes.map((one) => (
              <Menu.Item key={one} aria-current={size === one} rightSection={size === one && <IconCheck size={14} />} onClick={() => actions.onResize(one)}>{t(`board.size_${one}`)}</Menu.Item>
            ))}
            <Menu.Divider />
            <Menu.Item c="var(--mantine-color-error)" onClick={actions.onRemove}>{t('board.remove')}</Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

/** The answer; while that of another range is awaited the one before stays, paler. */
function TileBody({ question, chart, title }: { question: Asked; chart: ChartKind; title: string }) {
  const answer = useAnswer(question);
  return (
    <Answer of={answer} rows={6}>
      {(data) => (
        <div className="tile-body" tabIndex={0} role="group" aria-label={title} {...(answer.isPlaceholderData ? { 'data-old': true } : {})}>
          <WithinFrame value={true}><QuestionAnswer of={data} chart={chart} show="chart" height={kChartHeight} /></WithinFrame>
        </div>
      )}
    </Answer>
  );
}
