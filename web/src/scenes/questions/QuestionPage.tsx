import { ActionIcon, Badge, Button, Group, Menu, SegmentedControl, Text } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useRemoval } from '../../data/removal';
import { may, useSession } from '../../data/session';
import { Page } from '../../ui/Page';
import { RemovalNotice } from '../../ui/Removal';
import { Time } from '../../ui/Small';
import { Answer, Failure } from '../../ui/States';
import { useDashboards } from '../dashboards/dashboardsData';
import { figuresOf } from './figures';
import { QuestionAnswer } from './QuestionAnswer';
import { DuplicateQuestion, RenameQuestion } from './QuestionDialogs';
import { changePath, kQuestions, useAnswer, useChangeQuestion, useSavedQuestion, type ChartKind, type SavedQuestion } from './questionsData';

/** A saved question with its answer. */
export default function QuestionPage() {
  const { t } = useTranslation();
  const { key = '' } = useParams();
  const loaded = useSavedQuestion(key);
  if (!loaded.data) return <Page title={t('saved.question')}><Answer of={loaded}>{() => null}</Answer></Page>;
  return <Question key={key} question={loaded.data.question} />;
}

function Question({ question }: { question: SavedQuestion }) {
  const { t } = useTranslation();
  const session = useSession();
  const [doing, setDoing] = useState<'rename' | 'duplicate' | null>(null);
  const answer = useAnswer(question.question);
  const remove = useRemoval(kQuestions);
  const mayWrite = may(session.data, 'write');
  const done = () => setDoing(null);
  return (
    <Page title={question.name} about={<About question={question} />}
      actions={
        <>
          <Button variant="default" component={Link} to={changePath(question.question, question.key)}>{t(question.question.kind === 'sql' ? 'saved.change_sql' : 'saved.change')}</Button>
          {mayWrite && (
            <Menu position="bottom-end">
              <Menu.Target>
                <ActionIcon variant="default" size={30} aria-label={t('saved.actions', { name: question.name })}><IconDots size={16} /></ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item onClick={() => setDoing('rename')}>{t('act.rename')} …</Menu.Item>
                <Menu.Item onClick={() => setDoing('duplicate')}>{t('act.duplicate')} …</Menu.Item>
                <Menu.Item c="var(--mantine-color-error)" onClick={() => remove.run(question)}>{t('act.delete')}</Menu.Item>
              </Menu.Dropdown>
            </Menu>
          )}
        </>
      }>
      <RemovalNotice of={remove} />
      <Answer of={answer}>
        {(data) => (
          <>
            {mayWrite && data.answer.kind !== 'sql' && <ChartChoice question={question} hasFigures={figuresOf(data.answer).length > 0} />}
            <QuestionAnswer of={data} chart={question.chart} show="all" height={260} />
          </>
        )}
      </Answer>
      {doing === 'rename' && <RenameQuestion question={question} onClose={done} />}
      {doing === 'duplicate' && <DuplicateQuestion question={question} onClose={done} />}
    </Page>
  );
}

function About({ question }: { question: SavedQuestion }) {
  const { t } = useTranslation();
  const dashboards = useDashboards();
  const shown = (dashboards.data ?? []).filter((one) => question.dashboards.includes(one.key));
  return (
    <>
      {question.description && <Text size="sm" c="dimmed" maw={760}>{question.description}</Text>}
      <Group gap={8} component="div">
        <Badge color="gray">{t(`saved.kind_${question.question.kind}`)}</Badge>
        <span>{t('saved.changed_by', { by: question.updated_by })} <Time at={question.updated_at} /></span>
        {shown.length > 0 && <span>{t('saved.shown_on')} {shown.map((one, place) => <span key={one.key}>{place > 0 && ', '}<Link to={`/dashboards/${one.key}`}>{one.name}</Link></span>)}</span>}
      </Group>
    </>
  );
}

const kAuto = 'auto';

/** What of the answer is shown, here and on dashboards; kept at once. */
function ChartChoice({ question, hasFigures }: { question: SavedQuestion; hasFigures: boolean }) {
  const { t } = useTranslation();
  const change = useChangeQuestion();
  const value = (change.isPending ? change.variables.change.chart : question.chart) ?? kAuto;
  const kinds = [kAuto, 'chart', 'table', ...(hasFigures ? ['number'] : [])] as const;
  return (
    <Group gap="sm" mb="sm">
      <SegmentedControl size="xs" aria-label={t('saved.shown_as')} value={value} data={kinds.map((one) => ({ value: one, label: t(`saved.chart_${one as 'auto'}`) }))}
        onChange={(next) => change.mutate({ key: question.key, change: { chart: next === kAuto ? null : (next as ChartKind) } })} />
      {change.error && <Failure error={change.error} />}
    </Group>
  );
}
