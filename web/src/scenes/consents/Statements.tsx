import { Badge, Select, Table } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Cell } from '../../ui/Cell';
import { Panel } from '../../ui/Panel';
import { Dotted, IdentifierText, More, Time } from '../../ui/Small';
import { Answer, Empty } from '../../ui/States';
import { kStates, useStatements, type Statement } from './consentsData';

export function StateBadge({ state }: { state: Statement['state'] | 'unsaid' }) {
  const { t } = useTranslation();
  const color = state === 'given' || state === 'subscribed' ? 'line' : state === 'unsaid' ? 'gray' : 'gold';
  return <Badge color={color}>{t(`consent.state_${state}`)}</Badge>;
}

/** What people said, the latest first, with the proof. */
export function Statements() {
  const { t } = useTranslation();
  const [state, setState] = useState('');
  const statements = useStatements(state);
  return (
    <Panel title={t('consent.tab_statements')} about={t('consent.statements_about')} flush
      actions={
        <Select aria-label={t('consent.state')} placeholder={t('consent.all_states')} clearable value={state || null} onChange={(value) => setState(value ?? '')}
          data={kStates.map((value) => ({ value, label: t(`consent.state_${value}`) }))} clearButtonProps={{ 'aria-label': t('act.clear') }} />
      }>
      <Answer of={statements}>
        {(data) => {
          const items = data.pages.flatMap((page) => page.items);
          if (items.length === 0 && state) return <Empty title={t('consent.none_so')} hint={t('item.none_fits')} />;
          if (items.length === 0) return <Empty title={t('consent.no_statements')} hint={t('consent.no_statements_hint')} />;
          return (
            <>
              <div className="scroll-x">
                <Table className="cards" aria-label={t('consent.tab_statements')}>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{t('consent.at')}</Table.Th><Table.Th>{t('people.person')}</Table.Th><Table.Th>{t('consent.what')}</Table.Th>
                      <Table.Th>{t('consent.state')}</Table.Th><Table.Th>{t('consent.proof')}</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>{items.map((one) => <Row key={one.id} one={one} />)}</Table.Tbody>
                </Table>
              </div>
              <More of={statements} />
            </>
          );
        }}
      </Answer>
    </Panel>
  );
}

function Row({ one }: { one: Statement }) {
  const { t } = useTranslation();
  return (
    <Table.Tr>
      <Cell label={t('consent.at')}><Time at={one.at} /></Cell>
      <Cell label={t('people.person')}><Link to={`/people/${one.profile}`}><IdentifierText namespace={one.identifier.namespace} value={one.identifier.value} /></Link></Cell>
      <Cell label={t('consent.what')}>{one.key === '*' ? t('consent.everything') : <span className="mono">{one.key}</span>}{one.only && ` · ${t('consent.only', { channel: one.only })}`}</Cell>
      <Cell label={t('consent.state')}><StateBadge state={one.state} /></Cell>
      <Cell label={t('consent.proof')}><Proof one={one} /></Cell>
    </Table.Tr>
  );
}

/** How it came to be said, and where that can be seen. */
export function Proof({ one }: { one: Pick<Statement, 'means' | 'source' | 'channel' | 'notice_version' | 'evidence' | 'actor'> }) {
  const { t } = useTranslation();
  return (
    <Dotted>
      {t(`consent.means_${one.means}`)}
      {one.channel ?? ''}
      {one.notice_version ? t('consent.notice', { version: one.notice_version }) : ''}
      {one.evidence ?? ''}
      {one.actor ?? one.source ?? ''}
    </Dotted>
  );
}
