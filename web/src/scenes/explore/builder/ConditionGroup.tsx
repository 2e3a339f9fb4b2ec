import { ActionIcon, Button, Group as Row, Select, Stack } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { Fragment, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { hasNoValue, isDeed, isGroup, isNamed, kJoins, kNoDeed, kSubjects, operatorsOf, withName, withOperator, withSubject, type Condition, type Group, type Join, type Leaf, type Operator, type Subject } from '../condition';
import type { EventChoice } from '../question';
import { DeedRow } from './DeedRow';
import { kInside, NameInput, ValueInput } from './inputs';

const kDepthMost = 3; // Groups in groups, as many as a person still reads.
const kEmpty: Leaf = { subject: 'property', name: '', op: 'eq', value: '' };

/** A group as an editor begins with it: with a row to fill where there is none. */
export function begunGroup(group: Group): Group {
  return group.parts.length > 0 ? group : { ...group, parts: [kEmpty] };
}

type Choice = Subject | 'did';

// What rows may ask where: of events and people, of events only; in a segment of people, and there of what they did.
const kChoices = {
  all: [...kSubjects, 'did'],
  events: ['property', 'source', 'channel'],
  people: ['did', 'trait', 'identifier'],
  deeds: ['property', 'source'],
} as const satisfies Record<string, readonly Choice[]>;

export type Asks = keyof typeof kChoices;

interface ConditionGroupProps {
  of: EventChoice; // Whose properties are offered.
  group: Group;
  onChange: (group: Group) => void;
  number?: string; // Of a group within another: 2, 2.1.
  asks?: Asks;
}

/** Conditions, one a row, and which of them are to hold; a row may be a group of its own. */
export function ConditionGroup({ of, group, onChange, number = '', asks = 'all' }: ConditionGroupProps) {
  const { t } = useTranslation();
  const add = useRef<HTMLButtonElement>(null);
  const { join, parts } = group;
  const put = (next: Condition[]) => onChange({ ...group, parts: next });
  const replace = (index: number, part: Condition) => put(parts.map((one, place) => (place === index ? part : one)));
  const remove = (index: number) => {
    put(parts.filter((_, place) => place !== index));
    add.current?.focus(); // What had the focus goes away.
  };
  const isPage = asks === 'people' || asks === 'deeds'; // With room for words between rows.
  const numberOf = (index: number) => `${number}${number && '.'}${index + 1}`;
  const row = (part: Condition, index: number) => {
    const shared = { number: numberOf(index), onRemove: () => remove(index) };
    if (isGroup(part)) return (
      <div className="condition-group" role="group" aria-label={t('ask.group', shared)}>
        <ConditionGroup of={of} group={part} number={shared.number} asks={asks} onChange={(next) => replace(index, next)} />
        <ActionIcon variant="subtle" color="gray" aria-label={t('ask.remove_group', shared)} onClick={shared.onRemove}><IconX size={15} /></ActionIcon>
      </div>
    );
    const leaf = isDeed(part) ? kEmpty : part;
    const subject = <SubjectSelect value={isDeed(part) ? 'did' : part.subject} asks={asks} onChange={(next) => replace(index, begunAs(next, leaf))} />;
    return isDeed(part) ? <DeedRow deed={part} asks={asks} subject={subject} onChange={(next) => replace(index, next)} {...shared} />
      : <ConditionRow of={of} leaf={part} subject={subject} onChange={(next) => replace(index, next)} {...shared} />;
  };
  return (
    <Stack gap={8}>
      {(isPage ? parts.length > 1 || join === 'nor' || join === 'nand' : parts.length > 0) && (
        <Select size="xs" w={250} maw="100%" aria-label={t('ask.join')} allowDeselect={false} value={join} comboboxProps={kInside}
          data={kJoins.map((one) => ({ value: one, label: t(`ask.join_${one}`) }))} onChange={(next) => next && onChange({ ...group, join: next as Join })} />
      )}
      {parts.map((part, index) => (
        <Fragment key={index}>
          {isPage && index > 0 && <span className="join-word">{t(`ask.word_${join}`)}</span>}
          {row(part, index)}
        </Fragment>
      ))}
      <Row gap={6}>
        {asks === 'people' ? kChoices.people.map((one, index) => (
          <Button key={one} {...(index === 0 ? { ref: add } : {})} variant="default" size="compact-xs" onClick={() => put([...parts, begunAs(one, kEmpty)])}>+ {t(`subject.add_${one}`)}</Button>
        )) : <Button ref={add} variant="default" size="compact-xs" onClick={() => put([...parts, kEmpty])}>+ {t(asks === 'deeds' ? 'ask.add_where' : 'ask.add_condition')}</Button>}
        {parts.length > (asks === 'deeds' ? 1 : 0) && number.split('.').length < kDepthMost && (
          <Button variant="default" size="compact-xs" onClick={() => put([...parts, { join: join === 'or' ? 'and' : 'or', parts: [asks === 'people' ? kNoDeed : kEmpty] }])}>+ {t('ask.add_group')}</Button>
        )}
      </Row>
    </Stack>
  );
}

const begunAs = (choice: Choice, leaf: Leaf): Condition => (choice === 'did' ? kNoDeed : withSubject(leaf, choice));

/** What a row asks: of the event, of the person, or what the person did. */
function SubjectSelect({ value, asks, onChange }: { value: Choice; asks: Asks; onChange: (next: Choice) => void }) {
  const { t } = useTranslation();
  return (
    <Select size="xs" className="condition-subject" label={t('subject.label')} allowDeselect={false} value={value} comboboxProps={kInside}
      data={kChoices[asks].map((one) => ({ value: one, label: asks === 'people' && (one === 'trait' || one === 'identifier') ? t(`subject.add_${one}`) : t(`subject.${one}`) }))} onChange={(next) => next && next !== value && onChange(next as Choice)} />
  );
}

interface ConditionRowProps { of: EventChoice; leaf: Leaf; number: string; subject: ReactNode; onChange: (leaf: Leaf) => void; onRemove: () => void }

/** One comparison: a property, how, and with what. */
function ConditionRow({ of, leaf, number, subject, onChange, onRemove }: ConditionRowProps) {
  const { t } = useTranslation();
  return (
    <div className="condition" role="group" aria-label={t('ask.condition', { number })}>
      {subject}
      {isNamed(leaf.subject) ? <NameInput of={of} leaf={leaf} onChange={(name) => onChange(withName(leaf, name))} /> : <span />}
      <Select size="xs" label={t('ask.operator')} allowDeselect={false} value={leaf.op} comboboxProps={kInside}
        data={operatorsOf(leaf.subject).map((op) => ({ value: op, label: leaf.subject === 'segment' ? t(op === 'ne' ? 'op.not_in_segment' : 'op.in_segment') : t(`op.${op}`) }))} onChange={(op) => op && onChange(withOperator(leaf, op as Operator))} />
      {hasNoValue(leaf) ? <span /> : <ValueInput of={of} leaf={leaf} onChange={(value) => onChange({ ...leaf, value })} />}
      <ActionIcon variant="subtle" color="gray" aria-label={t('ask.remove_condition', { number })} onClick={onRemove}><IconX size={15} /></ActionIcon>
      {leaf.name.includes('[]') && (
        <Select size="xs" className="condition-list" label={t('ask.quantifier')} allowDeselect={false} value={leaf.quantifier ?? 'any'} comboboxProps={kInside}
          data={(['any', 'all'] as const).map((one) => ({ value: one, label: t(`ask.quantifier_${one}`) }))} onChange={(next) => onChange({ ...leaf, quantifier: (next ?? 'any') as 'any' })} />
      )}
    </div>
  );
}
