// Who is in a segment, in the words of the language.

import { useTranslation } from 'react-i18next';
import { groupOf, isDeed, isGroup, whereOf, type Condition, type Group, type Leaf } from '../explore/condition';
import { useListed, useWhereText } from '../explore/words';

/** Conditions on people as a sentence: People who did Order Completed at least 3 times, and whose plan is pro. */
export function usePeopleText(): (conditions: unknown) => string {
  const { t, i18n } = useTranslation();
  const whereText = useWhereText();
  const listed = useListed();
  const leafText = ({ name, op, value, quantifier }: Leaf): string => {
    if (op === 'exists' || op === 'not_exists') return t(op === 'exists' ? 'segment.has' : 'segment.has_not', { name });
    const what = name.includes('[]') ? t(`op.of_${quantifier ?? 'any'}`, { property: name }) : name;
    return t('segment.whose', { comparison: t(`op.text_${op}`, { property: what, value: Array.isArray(value) ? listed(value.map(String)) : String(value ?? '') }) });
  };
  const alone = (part: Condition) => whereText(whereOf({ join: 'and', parts: [part] }));
  const partText = (part: Condition): string => {
    if (isGroup(part)) return part.parts.length > 1 && (part.join === 'and' || part.join === 'or') ? `(${groupText(part)})` : groupText(part);
    return isDeed(part) ? t('segment.who', { did: alone(part) }) : leafText(part);
  };
  const groupText = ({ join, parts }: Group): string => {
    if (join === 'nor' || join === 'nand') return t(parts.length === 1 ? 'segment.not' : `segment.${join}`, { conditions: parts.map(alone).join('; ') });
    return new Intl.ListFormat(i18n.language, { type: join === 'or' ? 'disjunction' : 'conjunction' }).format(parts.map(partText));
  };
  return (conditions) => {
    const group = groupOf(conditions);
    return group === null ? JSON.stringify(conditions) : t('segment.people', { conditions: groupText(group) });
  };
}
