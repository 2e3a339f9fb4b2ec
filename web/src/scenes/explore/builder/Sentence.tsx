import type { Question } from '../question';
import { AttributionSentence } from './AttributionSentence';
import { FunnelSentence } from './FunnelSentence';
import type { SentenceProps } from './parts';
import { RetentionSentence } from './RetentionSentence';
import './sentence.css';
import { TrendSentence } from './TrendSentence';

/** A question as a sentence; each part of it opens what changes it. */
export function Sentence({ question, ...rest }: SentenceProps<Question>) {
  switch (question.kind) {
    case 'trend': return <TrendSentence question={question} {...rest} />;
    case 'funnel': return <FunnelSentence question={question} {...rest} />;
    case 'retention': return <RetentionSentence question={question} {...rest} />;
    case 'attribution': return <AttributionSentence question={question} {...rest} />;
  }
}
