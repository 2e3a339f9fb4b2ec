import { useElementSize } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { apartLines, lanes, place, placeInColumn, type ExplainLink, type Explanation, type Placed } from './identityData';
import './identityGraph.css';

const kBox = { width: 190, height: 40 };
const kBeside = { width: 760, pitch: kBox.width + 76, row: 62 };
const kNarrow = { below: 560, width: 320, x: 100, row: 62 }; // Pixels of the screen under which boxes stand in one column.

/** Identifiers as boxes, links as lines; the list below says the same in words. */
export function IdentityGraph({ explanation }: { explanation: Explanation }) {
  const { t } = useTranslation();
  const { ref, width } = useElementSize<HTMLElement>();
  const narrow = width > 0 && width < kNarrow.below;
  const drawing = narrow ? placeInColumn(explanation, kNarrow) : place(explanation, kBeside);
  const { placed, height } = drawing;
  const wide = drawing.width > kBeside.width; // Drawn in its own size, and scrolled.
  const at = new Map(placed.map((one) => [one.node.id, one]));
  const apart = apartLines(explanation);
  const drawn = new Set([...explanation.links.map((link) => link.state), ...(apart.length > 0 ? ['cut' as const] : [])]);
  const said = [t('identity.drawing', { nodes: explanation.nodes.length, links: explanation.links.length }), apart.length > 0 && t('identity.drawing_apart', { count: apart.length })];
  return (
    <figure className="identity" ref={ref}>
      <div className="drawing" {...(wide ? { tabIndex: 0, role: 'group', 'aria-label': t('identity.drawing_scrolls') } : {})}>
        <svg viewBox={`0 0 ${drawing.width} ${height}`} style={wide ? { width: drawing.width, height } : { maxHeight: narrow ? undefined : Math.min(height, 520) }} role="img" aria-label={said.filter(Boolean).join('; ')}>
          {lanes(explanation.links).map(([link, lane]) => (
            <Line key={`${link.from}${link.to}${link.state}${link.evidence.at}`} link={link} lane={lane} at={at} />
          ))}
          {apart.map(({ from, to, decision }) => <Cut key={decision} from={at.get(from)} to={at.get(to)} />)}
          {placed.map((one) => <Box key={one.node.id} placed={one} />)}
        </svg>
      </div>
      <figcaption>
        {(['active', 'refused', 'cut'] as const).filter((state) => drawn.has(state)).map((state) => (
          <span key={state}>
            <svg width="26" height="8" aria-hidden="true"><line x1="0" y1="4" x2="26" y2="4" className={`link ${state}`} /></svg>
            {t(`link.${state}`)}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

// Nodes of one column are joined by a bow that passes beside the boxes between them, farther out the
// farther they are apart. A curve reaches half as far as its control point.
function middleOf(from: Placed, to: Placed): number {
  const reach = from.x === to.x ? Math.min(kBox.width / 2 + 14 + Math.abs(from.y - to.y) / 10, kBox.width / 2 + 56) : 0;
  return (from.x + to.x) / 2 + 2 * reach;
}

/** What keeps two apart: a dotted line with a cross in its middle. */
function Cut({ from, to }: { from: Placed | undefined; to: Placed | undefined }) {
  if (!from || !to) return null;
  const control = middleOf(from, to);
  const x = (from.x + to.x) / 4 + control / 2;
  const y = (from.y + to.y) / 2;
  return (
    <g className="apart">
      <path className="link cut" d={`M ${from.x} ${from.y} Q ${control} ${y} ${to.x} ${to.y}`} />
      <path className="cross" d={`M ${x - 6} ${y - 6} l 12 12 M ${x + 6} ${y - 6} l -12 12`} />
    </g>
  );
}

function Line({ link, lane, at }: { link: ExplainLink; lane: number; at: Map<string, Placed> }) {
  const from = at.get(link.from);
  const to = at.get(link.to);
  if (!from || !to) return null;
  const middle = middleOf(from, to);
  const aside = (lane % 2 ? -1 : 1) * Math.ceil(lane / 2) * 26;
  return <path className={`link ${link.state}`} d={`M ${from.x} ${from.y} Q ${middle} ${(from.y + to.y) / 2 + aside} ${to.x} ${to.y}`} />;
}

function Box({ placed: { node, x, y } }: { placed: Placed }) {
  const short = node.value.length > 25 ? `${node.value.slice(0, 12)}…${node.value.slice(-11)}` : node.value;
  return (
    <g className={node.member ? 'node' : 'node outside'} transform={`translate(${x - kBox.width / 2} ${y - kBox.height / 2})`}>
      <title>{`${node.namespace}:${node.value}`}</title>
      <rect width={kBox.width} height={kBox.height} rx="6" />
      <text x="10" y="16" className="namespace">{node.namespace}</text>
      <text x="10" y="32">{short}</text>
    </g>
  );
}
