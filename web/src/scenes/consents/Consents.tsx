import { Stack, Tabs } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { may, useSession } from '../../data/session';
import { Page } from '../../ui/Page';
import { MessagingPanel } from './MessagingPanel';
import { Purposes } from './Purposes';
import { Statements } from './Statements';
import { Suppressions } from './Suppressions';
import { Topics } from './Topics';

const kTabs = ['purposes', 'topics', 'statements', 'suppressions'] as const;

/** What data may be used for, what people said to it, and who is not to be written to. */
export default function Consents() {
  const { t } = useTranslation();
  const session = useSession();
  const [params, setParams] = useSearchParams();
  const tab = kTabs.find((one) => one === params.get('tab')) ?? 'purposes';
  const mayWrite = may(session.data, 'write');
  const mayDecide = may(session.data, 'send'); // What is asked before a message goes.
  return (
    <Page title={t('place.consents')} about={t('consent.about')}>
      <Tabs value={tab} onChange={(value) => setParams(value && value !== 'purposes' ? { tab: value } : {}, { replace: true })} keepMounted={false}>
        <Tabs.List mb="sm">
          {kTabs.map((one) => <Tabs.Tab key={one} value={one}>{t(`consent.tab_${one}`)}</Tabs.Tab>)}
        </Tabs.List>
        <Tabs.Panel value="purposes">
          <Stack gap="sm"><Purposes mayWrite={mayDecide} /><MessagingPanel mayChange={may(session.data, 'admin')} /></Stack>
        </Tabs.Panel>
        <Tabs.Panel value="topics"><Topics mayWrite={mayDecide} /></Tabs.Panel>
        <Tabs.Panel value="statements"><Statements /></Tabs.Panel>
        <Tabs.Panel value="suppressions"><Suppressions mayWrite={mayWrite} mayLift={may(session.data, 'admin')} /></Tabs.Panel>
      </Tabs>
    </Page>
  );
}
