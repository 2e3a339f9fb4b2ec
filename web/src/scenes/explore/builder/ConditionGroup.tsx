import { ActionIcon, Button, Group as Row, Select, Stack } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isDeed, isGroup, isNamed, kJoins, kNoDeed, kOperators, kSubjects, needsNoValue, withName, withOperator, withSubject, type Condition, type Group, type Join, type Leaf, type Operator, type Subject } from '../condition';
import type { EventChoice } from '../question';
import { DeedRow } from './DeedRow';
import { kInside, NameInput, ValueInput } from './inputs';

const kDepthMost = 3; // Groups in groups, as many as a person still reads.
const kEmpty: Leaf = { subject: 'property', name: '', op: 'eq', value: '' };

/** A group as an editor begins with it: with a row to fill where there is none. */
export function begunGroup(group: Group): Group {
  return group.parts.length > 0 ? group : { ...group, parts: [kEmpty] };
}

interface ConditionGroupProps {
  of: EventChoice; // Whose properties are offered.
  group: Group;
  onChange: (group: Group) => void;
  number?: string; // Of a group within another: 2, 2.1.
  ofEvents?: boolean; // What is asked of the person has no place here.
}

/** Conditions, one a row, and which of them are to hold; a row may be a group of its own. */
export function ConditionGroup({ of, group, onChange, number = '', ofEvents = false }: ConditionGroupProps) {
  const { t } = useTranslation();
  const add = useRef<HTMLButtonElement>(null);
  const { join, parts } = group;
  const put = (next: Condition[]) => onChange({ ...group, parts: next });
  const replace = (index: number, part: Condition) => put(parts.map((one, place) => (place === index ? part : one)));
  const remove = (index: number) => {
    put(parts.filter((_, place) => place !== index));
    add.current?.focus(); // What had the focus goes away.
  };
  const numberOf = (index: number) => `${number}${number && '.'}${index + 1}`;
  return (
    <Stack gap={8}>
      {parts.length > 0 && (
        <Select size="xs" w={250} maw="100%" aria-label={t('ask.join')} allowDeselect={false} value={join} comboboxProps={kInside}
          data={kJoins.map((one) => ({ value: one, label: t(`ask.join_${one}`) }))} onChange={(next) => next && onChange({ ...group, join: next as Join })} />
      )}
      {parts.map((part, index) => (isGroup(part) ? (
        <div key={index} className="condition-group" role="group" aria-label={t('ask.group', { number: numberOf(index) })}>
          <ConditionGroup of={of} group={part} number={numberOf(index)} ofEvents={ofEvents} onChange={(next) => replace(index, next)} />
          <ActionIcon variant="subtle" color="gray" aria-label={t('ask.remove_group', { number: numberOf(index) })} onClick={() => remove(index)}><IconX size={15} /></ActionIcon>
        </div>
      ) : isDeed(part) ? (
        <DeedRow key={index} deed={part} number={numberOf(index)} subject={<SubjectSelect value="did" ofEvents={ofEvents} onChange={(next) => replace(index, begunAs(next, kEmpty))} />} onChange={(next) => replace(index, next)} onRemove={() => remove(index)} />
      ) : (
        <ConditionRow key={index} of={of} leaf={part} number={numberOf(index)} subject={<SubjectSelect value={part.subject} ofEvents={ofEvents} onChange={(next) => replace(index, begunAs(next, part))} />} onChange={(next) => replace(index, next)} onRemove={() => remove(index)} />
      )))}
      <Row gap={6}>
        <Button ref={add} variant="default" size="compact-xs" onClick={() => put([...parts, kEmpty])}>+ {t('ask.add_condition')}</Button>
        {parts.length > 0 && number.split('.').length < kDepthMost && (
          <Button variant="default" size="compact-xs" onClick={() => put([...parts, { join: join === 'or' ? 'and' : 'or', parts: [kEmpty] }])}>+ {t('ask.add_group')}</Button>
        )}
      </Row>
    </Stack>
  );
}

type Choice = Subject | 'did';
const kOfEvents: readonly Subject[] = ['property', 'source', 'channel'];

const begunAs = (choice: Choice, leaf: Leaf): Condition => (choice === 'did' ? kNoDeed : withSubject(leaf, choice));

/** What a row asks: of the event, of the person, or what the person did. */
function SubjectSelect({ value, ofEvents, onChange }: { value: Choice; ofEvents: boolean; onChange: (next: Choice) => void }) {
  const { t } = useTranslation();
  const choices: readonly Choice[] = ofEvents ? kOfEvents : [...kSubjects, 'did'];
  return (
    <Select size="xs" label={t('subject.label')} allowDeselect={false} value={value} comboboxProps={kInside}
      data={choices.map((one) => ({ value: one, label: t(`subject.${one}`) }))} onChange={(next) => next && next !== value && onChange(next as Choice)} />
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
        data={kOperators.map((op) => ({ value: op, label: t(`op.${op}`) }))} onChange={(op) => op && onChange(withOperator(leaf, op as Operator))} />
      {needsNoValue(leaf.op) ? <span /> : <ValueInput of={of} leaf={leaf} onChange={(value) => onChange({ ...leaf, value })} />}
      <ActionIcon variant="subtle" color="gray" aria-label={t('ask.remove_condition', { number })} onClick={onRemove}><IconX size={15} /></ActionIcon>
      {leaf.name.includes('[]') && (
        <Select size="xs" className="condition-list" label={t('ask.quantifier')} allowDeselect={false} value={leaf.quantifier ?? 'any'} comboboxProps={kInside}
          data={(['any', 'all'] as const).map((one) => ({ value: one, label: t(`ask.quantifier_${one}`) }))} onChange={(next) => onChange({ ...leaf, quantifier: (next ?? 'any') as 'any' })} />
      )}
    </div>
  );
}
