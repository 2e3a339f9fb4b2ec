import { ActionIcon, Button, CopyButton, Group, Progress, Stack, Tabs, Text, Tooltip } from '@mantine/core';
import { IconCheck, IconLink, IconRefresh } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate, useSearchParams } from 'react-router';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { Empty, Failure } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { SaveQuestion } from '../questions/SaveQuestion';
import { AnswerView } from './answer/AnswerView';
import { isEmpty, type OpenCell } from './answer/answerData';
import { Sentence } from './builder/Sentence';
import { useAnswer, useStop } from './exploreData';
import { decodeQuestion, encodeQuestion, kKinds, missingOf, startOf, type Kind, type Question } from './question';

/** What stands in the address: the question, and the open number. */
function useAddress() {
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const location = useLocation();
  const kind = kKinds.find((one) => one === params.get('kind')) ?? 'trend';
  const question = decodeQuestion(params.get('q')) ?? startOf(kind);
  const token = params.get('cell');
  const cell: OpenCell | null = token ? { token, past: params.get('past') === 'true', about: (location.state as { about?: string } | null)?.about ?? '' } : null;
  const saved = params.get('saved');
  const go = (next: Question, open: OpenCell | null) => {
    const search = new URLSearchParams({ q: encodeQuestion(next), ...(saved ? { saved } : {}), ...(open ? { cell: open.token, ...(open.past ? { past: 'true' } : {}) } : {}) });
    // Each step is one of the history: back leads to the question before.
    void navigate({ search: `?${search}` }, { state: open ? { about: open.about } : null });
  };
  return {
    question, cell, saved,
    ask: (next: Question) => go(next, null),
    openCell: (next: OpenCell | null) => go(question, next),
  };
}

/** Questions put together as sentences, and their answers. */
export default function Explore() {
  const { t } = useTranslation();
  const { question, cell, saved, ask, openCell } = useAddress();
  return (
    <Page title={t('place.explore')} about={t('ask.about')}
      actions={<><CopyLink />{!missingOf(question) && <SaveQuestion question={question} saved={saved} />}</>}>
      <Stack gap="sm">
        <Panel>
          <Tabs className="ask-tabs" value={question.kind} onChange={(kind) => kind && kind !== question.kind && ask(startOf(kind as Kind, question))}>
            <Tabs.List mb="sm" aria-label={t('ask.kinds')}>
              {kKinds.map((kind) => <Tabs.Tab key={kind} value={kind}>{t(`kind.${kind}`)}</Tabs.Tab>)}
            </Tabs.List>
            {kKinds.map((kind) => (
              <Tabs.Panel key={kind} value={kind} className="ask">
                {kind === question.kind && <Sentence question={question} onChange={ask} />}
              </Tabs.Panel>
            ))}
          </Tabs>
        </Panel>
        <AnswerPanel question={question} cell={cell} onCell={openCell} />
      </Stack>
    </Page>
  );
}

/** Copies the address: it holds the whole question. */
function CopyLink() {
  const { t } = useTranslation();
  return (
    <CopyButton value={window.location.href} timeout={1500}>
      {({ copied, copy }) => (
        <Button variant="default" onClick={copy} leftSection={copied ? <IconCheck size={14} /> : <IconLink size={14} />}>{copied ? t('act.copied') : t('ask.copy_link')}</Button>
      )}
    </CopyButton>
  );
}

interface AnswerPanelProps { question: Question; cell: OpenCell | null; onCell: (cell: OpenCell | null) => void }

/** The answer, or what stands between the question and it. */
function AnswerPanel({ question, cell, onCell }: AnswerPanelProps) {
  const { t } = useTranslation();
  const missing = missingOf(question);
  const asked = missing ? null : question;
  const now = useAnswer(asked);
  const stop = useStop();
  const again = () => void now.refetch();
  const running = now.isFetching;
  if (missing) return <Panel><Empty title={t(`ask.missing_${missing}`)} hint={t('ask.missing_hint')} /></Panel>;
  if (now.error && !now.isFetching) return <Failure error={now.error} onRetry={again} />;
  if (!now.data) return running ? <Running onStop={stop} /> : <Panel><Empty title={t('ask.stopped')} action={<Button onClick={again}>{t('ask.again')}</Button>} /></Panel>;
  return (
    <div aria-busy={running}>
      {running && <Running onStop={stop} />}
      <div style={{ opacity: now.isPlaceholderData ? 0.45 : 1 }}>
        {isEmpty(now.data.answer)
          ? <Panel><Empty title={t('ask.none')} hint={t('ask.none_hint')} /></Panel>
          : <AnswerView of={now.data} cell={cell} onCell={onCell} />}
      </div>
      <AskedAt at={now.dataUpdatedAt} onAgain={again} />
    </div>
  );
}

/** A question under way: for how long, and the way to stop it. */
function Running({ onStop }: { onStop: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [began] = useState(() => Date.now());
  const [now, setNow] = useState(began);
  useEffect(() => {
    const clock = setInterval(() => setNow(Date.now()), 200);
    return () => clearInterval(clock);
  }, []);
  // What is answered at once needs no word about it.
  if (now - began < 400) return <div style={{ height: 3 }} role="status" aria-label={t('ask.running')} />;
  return (
    <Panel>
      <Progress value={100} animated size={3} mb="xs" aria-label={t('ask.running')} />
      <Group justify="space-between">
        <Text size="sm" role="status" className="num">{t('ask.running_for', { seconds: format.number((now - began) / 1000, 1) })}</Text>
        <Button variant="default" onClick={onStop}>{t('ask.stop')}</Button>
      </Group>
    </Panel>
  );
}

/** When the answer was given, and asking anew. */
function AskedAt({ at, onAgain }: { at: number; onAgain: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Group gap={4} mt={4}>
      <Text size="xs" c="dimmed" className="num">{t('ask.asked_at', { time: format.clock(at) })}</Text>
      <Tooltip label={t('ask.again')}>
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t('ask.again')} onClick={onAgain}><IconRefresh size={14} /></ActionIcon>
      </Tooltip>
    </Group>
  );
}
