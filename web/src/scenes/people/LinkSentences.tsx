import { Badge, Button, Text } from '@mantine/core';
import { Trans, useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Dotted, IdentifierText } from '../../ui/Small';
import { Empty } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { inReadingOrder, mergeOf, type Decision, type ExplainLink, type ExplainNode, type Explanation } from './identityData';

const kColors = { active: 'line', refused: 'gold', cut: 'red' } as const;

interface LinkSentencesProps {
  explanation: Explanation;
  onUndo: ((decision: Decision) => void) | undefined; // Undoes a merge that somebody made; absent: may not.
}

/** Each link as a sentence: what joined the two, when, from where, who. A merge by hand is undone from its own. */
export function LinkSentences({ explanation, onUndo }: LinkSentencesProps) {
  const { t } = useTranslation();
  const node = new Map(explanation.nodes.map((one) => [one.id, one]));
  if (explanation.links.length === 0) return <Empty title={t('identity.single')} />;
  return (
    <ul className="sentences" aria-label={t('identity.why')}>
      {inReadingOrder(explanation.links).map((link) => (
        <Sentence key={`${link.from}${link.to}${link.state}${link.evidence.at}`} link={link} from={node.get(link.from)} to={node.get(link.to)} merge={mergeOf(link, explanation.decisions)} onUndo={onUndo} />
      ))}
    </ul>
  );
}

interface SentenceProps {
  link: ExplainLink;
  from: ExplainNode | undefined;
  to: ExplainNode | undefined;
  merge: Decision | undefined; // The merge in force that made the link.
  onUndo: LinkSentencesProps['onUndo'];
}

function Sentence({ link, from, to, merge, onUndo }: SentenceProps) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!from || !to) return null;
  const { evidence } = link;
  const outside = [from, to].find((one) => !one.member);
  return (
    <li data-state={link.state}>
      <Badge color={kColors[link.state]} mr={8}>{t(`link.${link.state}`)}</Badge>
      <Trans t={t} i18nKey={link.rule === 'same_event' && !evidence.event ? 'link.sentence_same_event_unnamed' : `link.sentence_${link.rule}`}
        values={{ event: evidence.event ?? '', source: evidence.source ?? '?', actor: evidence.actor ?? '?', at: format.time(evidence.at) }}
        components={{ a: <IdentifierText namespace={from.namespace} value={from.value} />, b: <IdentifierText namespace={to.namespace} value={to.value} />, strong: <strong /> }} />
      {merge && onUndo && <Button variant="default" size="compact-xs" ml={8} onClick={() => onUndo(merge)}>{t('decision.undo')}</Button>}
      {link.state !== 'active' && (
        <Text size="sm" component="div">
          {link.refused_by ? t(`refused.${link.refused_by}`) : t('link.was_cut')}{link.reason ? `: ${link.reason}` : ''}
        </Text>
      )}
      <Text size="xs" c="dimmed" component="div">
        <Dotted>
          {link.observations > 0 && t('link.observed', { count: link.observations, number: format.number(link.observations) })}
          {evidence.message_id && <span className="mono">{evidence.message_id}</span>}
          {evidence.position && <span className="mono">{evidence.position}</span>}
          {evidence.decision && <span className="mono">{evidence.decision}</span>}
          {outside && <Link to={`/people/${outside.profile}?tab=identity`}>{t('identity.other_person')}</Link>}
        </Dotted>
      </Text>
    </li>
  );
}
