import { IconArrowsSplit, IconBolt, IconChecklist, IconClock, IconFlag, IconGitBranch, IconHourglassEmpty, IconMail, IconPencil, IconPlayerStop, IconWebhook } from '@tabler/icons-react';
import { useElementSize } from '@mantine/hooks';
import { useMemo, type CSSProperties, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFormat } from '../../ui/useFormat';
import { draw, scaleFor, type Drawing } from './drawing';
import { kEnd, kStart, textOf, type Graph, type Stop, type Way } from './graph';
import './graph.css';
import { useJourneyText } from './words';

const kIcons: Record<string, typeof IconMail> = {
  message: IconMail, webhook: IconWebhook, wait: IconClock, wait_for: IconHourglassEmpty, branch: IconGitBranch, split: IconArrowsSplit,
  update: IconPencil, task: IconChecklist, goal: IconFlag, end: IconPlayerStop,
};

interface GraphProps {
  graph: Graph;
  document: unknown; // Null where what is written is not known.
  chosen?: string; // Step whose runs are shown.
  linkTo?: (step: string) => string; // Where the runs of a step are shown.
}

const placed = (point: { x: number; y: number } | undefined): CSSProperties => (point ? { left: point.x, top: point.y } : {});

/** The steps from top to bottom, what leads from each to which, and how many are and were there. */
export function JourneyGraph({ graph, document, chosen, linkTo }: GraphProps) {
  const { t } = useTranslation();
  const { happeningText } = useJourneyText();
  const shape = JSON.stringify([graph.stops.map((stop) => stop.id), graph.ways.map((way) => [way.from, way.to])]);
  const drawing = useMemo(() => draw(graph), [shape]);
  const { ref, width } = useElementSize();
  const start = graph.ways.find((way) => way.from === kStart);
  return (
    <div className="journey-scroll" role="group" aria-label={t('journey.graph')} tabIndex={0} ref={ref}>
      <div className="journey-graph" style={{ width: drawing.width, height: drawing.height, zoom: scaleFor(drawing.width, width) }}>
        <Lines graph={graph} drawing={drawing} />
        <ol aria-label={t('journey.steps')}>
          {start && (
            <li className="journey-start" style={placed(drawing.places.get(kStart))}>
              <IconBolt size={16} aria-hidden />
              <div>
                <b>{document === null ? t('journey.start') : happeningText((document as Record<string, unknown>).trigger)}</b>
                <Small>{t('journey.starts_run')}</Small>
              </div>
            </li>
          )}
          {graph.stops.map((stop) => (
            <li key={stop.id} data-step={stop.id} data-now={stop.now ?? ''} data-reached={stop.reached ?? ''} className="journey-stop" data-chosen={stop.id === chosen} style={placed(drawing.places.get(stop.id))}>
              <StopBox stop={stop} to={stop.now !== null && linkTo ? linkTo(stop.id) : null} isChosen={stop.id === chosen} />
              <Exits ways={graph.ways.filter((way) => way.from === stop.id && !way.isGuess)} />
            </li>
          ))}
        </ol>
        {[...drawing.ends].map(([step, point]) => <span key={step} className="journey-end" style={placed(point)} aria-hidden>{t('journey.type_end')}</span>)}
      </div>
    </div>
  );
}

const Small = ({ children }: { children: ReactNode }) => <span className="journey-small">{children}</span>;

function StopBox({ stop, to, isChosen }: { stop: Stop; to: string | null; isChosen: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { typeText, stepText } = useJourneyText();
  const Icon = kIcons[stop.type] ?? IconClock;
  const inner = (
    <>
      <Icon size={17} stroke={1.7} aria-hidden />
      <span className="journey-what">
        <b>{textOf(stop.doc?.name) || stop.id}</b>
        <Small>{[typeText(stop.type), stepText(stop.doc)].filter(Boolean).join(' · ')}</Small>
        {stop.reached !== null && <Small>{t('journey.reached', { number: format.number(stop.reached) })}</Small>}
      </span>
      {stop.now !== null && <span className="journey-now num" data-any={stop.now > 0}><span>{format.compact(stop.now)}</span><span className="journey-small">{t('journey.here_now')}</span></span>}
    </>
  );
  if (to === null) return <div className="journey-box" data-type={stop.type}>{inner}</div>;
  return <Link className="journey-box" data-type={stop.type} to={to} preventScrollReset {...(isChosen ? { 'aria-current': true } : {})} title={t('journey.show_runs')}>{inner}</Link>;
}

/** Where a step leads, in words: for those who hear the page, and on a phone. */
function Exits({ ways }: { ways: Way[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { nameText } = useJourneyText();
  return (
    <ul className="journey-exits">
      {ways.map((way) => (
        <li key={way.to}>
          {way.names.length > 0 && <span>{way.names.map(nameText).join(', ')} </span>}
          <span>{way.to === kEnd ? t('journey.to_end') : t('journey.to_step', { step: way.to })}</span>
          {way.count !== null && <b className="num"> {format.number(way.count)}</b>}
        </li>
      ))}
    </ul>
  );
}

const isHeldOut = (way: Way) => way.names.length > 0 && way.names.every((name) => name.isHoldout);

/** The lines with what leads along them and how often it was gone; told in words at each step. */
function Lines({ graph, drawing }: { graph: Graph; drawing: Drawing }) {
  const format = useFormat();
  const { nameText } = useJourneyText();
  const most = Math.max(1, ...graph.ways.map((way) => way.count ?? 0));
  return (
    <div aria-hidden>
      <svg className="journey-lines" width={drawing.width} height={drawing.height}>
        <defs>
          <marker id="journey-arrow" viewBox="0 0 8 8" refX="3" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M 0 0 L 8 4 L 0 8 z" /></marker>
        </defs>
        {graph.ways.map((way, at) => (
          <path key={`${way.from} ${way.to}`} d={drawing.lines[at]!.path} markerEnd="url(#journey-arrow)" data-holdout={isHeldOut(way)} data-guess={way.isGuess} data-gone={(way.count ?? 0) > 0}
            style={{ strokeWidth: 1.4 + 3 * Math.sqrt((way.count ?? 0) / most) * Number((way.count ?? 0) > 0) }} />
        ))}
      </svg>
      {graph.ways.map((way, at) => {
        const { at: point, isBeside } = drawing.lines[at]!;
        const text = way.names.map(nameText).join(', ');
        if (!text && way.count === null) return null;
        return (
          <span key={`${way.from} ${way.to}`} className="journey-words" data-beside={isBeside} data-way={`${way.from}>${way.to}`} data-count={way.count ?? ''} style={placed(point)} title={text}>
            {text && <span>{text}</span>}
            {way.count !== null && <b className="num" data-gone={way.count > 0}>{format.compact(way.count)}</b>}
          </span>
        );
      })}
    </div>
  );
}
