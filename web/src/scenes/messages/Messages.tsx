import { Button, Group, Select, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { may, useSession } from '../../data/session';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { More } from '../../ui/Small';
import { Answer, Empty } from '../../ui/States';
import { useJourneys } from '../journeys/journeysData';
import { PersonName } from '../people/PersonName';
import { PersonSelect } from '../people/PersonSelect';
import { DecideAllDialog, DecideDialog } from './DecideDialog';
import { MessageTable } from './MessageTable';
import './messages.css';
import { filterOf, journeyChoices, kReasons, kStates, paramsOf, useMessages, useSending, type Filter, type Message } from './messagesData';
import { SendingPanel } from './SendingPanel';

/** Every message that was to be sent, and why one was not. */
export default function Messages() {
  const { t } = useTranslation();
  const session = useSession();
  const [params, setParams] = useSearchParams();
  const filter = filterOf(params);
  const sending = useSending();
  const messages = useMessages(filter);
  const [deciding, setDeciding] = useState<Message | null>(null); // Here: its row may go while somebody writes why.
  const [isDecidingAll, setDecidingAll] = useState(false);
  const mayDecide = may(session.data, 'send');
  const hasMany = mayDecide && filter.state === 'uncertain' && !filter.person && !filter.reason && (messages.data?.pages[0]?.items.length ?? 0) > 1;
  const put = (fields: Partial<Filter>) => setParams(paramsOf({ ...filter, ...fields }), { replace: true });
  const isAll = Object.keys(paramsOf(filter)).length === 0;
  return (
    <Page title={t('place.messages')} about={t('message.about')}>
      <SendingPanel of={sending} mayResume={may(session.data, 'admin')} onState={(state) => put({ state })} />
      <Filters filter={filter} onChange={put} />
      {hasMany && <Group justify="flex-end" mb="sm"><Button variant="default" size="xs" onClick={() => setDecidingAll(true)}>{t('message.decide_all')} …</Button></Group>}
      <Panel flush>
        <Answer of={messages}>
          {(data) => {
            const items = data.pages.flatMap((page) => page.items);
            if (items.length > 0 || messages.hasNextPage) return <><MessageTable messages={items} onDecide={mayDecide ? setDeciding : null} /><More of={messages} /></>;
            return isAll ? <Empty title={t('message.none')} hint={t('message.none_hint')} action={<Button variant="default" component={Link} to="/journeys">{t('message.to_journeys')}</Button>} />
              : <Empty title={t('message.none_found')} hint={t('message.none_found_hint')} action={<Button variant="default" onClick={() => setParams({}, { replace: true })}>{t('message.show_all')}</Button>} />;
          }}
        </Answer>
      </Panel>
      {deciding && <DecideDialog message={deciding} onClose={() => setDeciding(null)} />}
      {isDecidingAll && <DecideAllDialog journey={filter.journey} onClose={() => setDecidingAll(false)} />}
    </Page>
  );
}

interface FiltersProps { filter: Filter; onChange: (fields: Partial<Filter>) => void }

function Filters({ filter, onChange }: FiltersProps) {
  const { t } = useTranslation();
  const choices = journeyChoices(useJourneys().data ?? [], filter.journey);
  const clear = { 'aria-label': t('act.clear') };
  return (
    <>
      <div className="message-filters">
        <PersonSelect label={t('people.person')} placeholder={t('message.anybody')} value={filter.person || null} onChange={(person) => onChange({ person: person ?? '' })} />
        <Select label={t('message.state')} placeholder={t('message.any')} clearable clearButtonProps={clear} value={filter.state || null} onChange={(state) => onChange({ state: state ?? '' })} data={kStates.map((one) => ({ value: one, label: t(`message.state_${one}`) }))} />
        <Select label={t('message.reason')} placeholder={t('message.any')} clearable searchable clearButtonProps={clear} value={filter.reason || null} onChange={(reason) => onChange({ reason: reason ?? '' })} data={kReasons.map((one) => ({ value: one, label: t(`sendreason.${one}`) }))} />
        <Select label={t('message.journey')} placeholder={t('message.any')} clearable searchable clearButtonProps={clear} nothingFoundMessage={t('message.no_journey')} value={filter.journey || null} onChange={(journey) => onChange({ journey: journey ?? '' })} data={choices} />
      </div>
      {filter.person && <Text size="sm" mb="sm">{t('message.of_person')} <PersonName id={filter.person} /></Text>}
    </>
  );
}
