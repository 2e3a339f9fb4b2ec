import { useTranslation } from 'react-i18next';
import { lanes, place, type ExplainLink, type Explanation, type Placed } from './identityData';
import './identityGraph.css';

const kWidth = 760;
const kRow = 62;
const kBox = { width: 190, height: 40 };

/** Identifiers as boxes, links as lines; the list below says the same in words. */
export function IdentityGraph({ explanation }: { explanation: Explanation }) {
  const { t } = useTranslation();
  const { placed, height } = place(explanation, kWidth, kRow);
  const at = new Map(placed.map((one) => [one.node.id, one]));
  return (
    <figure className="identity">
      <svg viewBox={`0 0 ${kWidth} ${height}`} style={{ maxHeight: Math.min(height, 520) }} role="img"
        aria-label={t('identity.drawing', { nodes: explanation.nodes.length, links: explanation.links.length })}>
        {lanes(explanation.links).map(([link, lane]) => (
          <Line key={`${link.from}${link.to}${link.state}${link.evidence.at}`} link={link} lane={lane} at={at} />
        ))}
        {placed.map((one) => <Box key={one.node.id} placed={one} />)}
      </svg>
      <figcaption>
        {(['active', 'refused', 'cut'] as const).map((state) => (
          <span key={state}>
            <svg width="26" height="8" aria-hidden="true"><line x1="0" y1="4" x2="26" y2="4" className={`link ${state}`} /></svg>
            {t(`link.${state}`)}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

function Line({ link, lane, at }: { link: ExplainLink; lane: number; at: Map<string, Placed> }) {
  const from = at.get(link.from);
  const to = at.get(link.to);
  if (!from || !to) return null;
  // Nodes of one column are joined by a bow, so that the line does not hide behind a box.
  const bow = from.x === to.x ? kBox.width / 2 + 34 : 0;
  const middle = (from.x + to.x) / 2 + bow;
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
