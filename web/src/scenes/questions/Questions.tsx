import { ActionIcon, Badge, Button, Menu, Table, Text } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useRemoval } from '../../data/removal';
import { may, useSession } from '../../data/session';
import { Cell } from '../../ui/Cell';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { DeletedNotice, RemovalNotice } from '../../ui/Removal';
import { Dotted, Time } from '../../ui/Small';
import { Answer, Empty } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { DuplicateQuestion, RenameQuestion } from './QuestionDialogs';
import { kQuestions, useSavedQuestions, type SavedQuestion } from './questionsData';

type Doing = { what: 'rename' | 'duplicate'; question: SavedQuestion } | null;

/** Questions that were given a name. */
export default function Questions() {
  const { t } = useTranslation();
  const session = useSession();
  const questions = useSavedQuestions();
  const [doing, setDoing] = useState<Doing>(null);
  const remove = useRemoval(kQuestions);
  const done = () => setDoing(null);
  const ask = <Button component={Link} to="/explore">{t('saved.ask')}</Button>;
  return (
    <Page title={t('place.questions')} about={t('saved.about')} actions={ask}>
      <DeletedNotice shelf={kQuestions} text={({ name }) => t('saved.deleted', { name })} />
      <RemovalNotice of={remove} />
      <Panel flush>
        <Answer of={questions}>
          {(all) => all.length === 0
            ? <Empty title={t('saved.none')} hint={t('saved.none_hint')} action={ask} />
            : <QuestionTable questions={all} mayWrite={may(session.data, 'write')} onDo={setDoing} onDelete={remove.run} />}
        </Answer>
      </Panel>
      {doing?.what === 'rename' && <RenameQuestion question={doing.question} onClose={done} />}
      {doing?.what === 'duplicate' && <DuplicateQuestion question={doing.question} onClose={done} />}
    </Page>
  );
}

interface TableProps {
  questions: SavedQuestion[];
  mayWrite: boolean;
  onDo: (doing: Doing) => void;
  onDelete: (question: SavedQuestion) => void;
}

function QuestionTable({ questions, mayWrite, onDo, onDelete }: TableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="scroll-x">
      <Table className="cards" aria-label={t('place.questions')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('saved.question')}</Table.Th>
            <Table.Th>{t('saved.kind')}</Table.Th>
            <Table.Th className="num">{t('saved.dashboards')}</Table.Th>
            <Table.Th>{t('saved.changed')}</Table.Th>
            {mayWrite && <Table.Th><span className="visually-hidden">{t('act.actions')}</span></Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {questions.map((one) => (
            <Table.Tr key={one.key} data-question={one.key}>
              <Cell>
                <div>
                  <Link className="row-link" to={`/questions/${one.key}`}>{one.name}</Link>
                  {one.description && <Text size="xs" c="dimmed">{one.description}</Text>}
                </div>
              </Cell>
              <Cell label={t('saved.kind')}><Badge color="gray">{t(`saved.kind_${one.question.kind}`)}</Badge></Cell>
              <Cell label={t('saved.dashboards')} className="num">{format.number(one.dashboards.length)}</Cell>
              <Cell label={t('saved.changed')}><span><Dotted><Time at={one.updated_at} />{one.updated_by}</Dotted></span></Cell>
              {mayWrite && <Cell ta="right"><RowMenu question={one} onDo={onDo} onDelete={onDelete} /></Cell>}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function RowMenu({ question, onDo, onDelete }: Pick<TableProps, 'onDo' | 'onDelete'> & { question: SavedQuestion }) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t('saved.actions', { name: question.name })}><IconDots size={16} /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onDo({ what: 'rename', question })}>{t('act.rename')} …</Menu.Item>
        <Menu.Item onClick={() => onDo({ what: 'duplicate', question })}>{t('act.duplicate')} …</Menu.Item>
        <Menu.Item c="var(--mantine-color-error)" onClick={() => onDelete(question)}>{t('act.delete')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
