import { Badge, Select, Table } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Cell } from '../../ui/Cell';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { More, Time } from '../../ui/Small';
import { Answer, Empty } from '../../ui/States';
import { kVerbs, targetOf, targetPath, useAudit, verbOf, type AuditEntry } from './tokensData';

const kAreas = ['profile', 'source', 'token', 'reject', 'import', 'mapping', 'question', 'dashboard', 'purpose', 'topic', 'suppression', 'segment', 'journey', 'template', 'catalog', 'message', 'sending', 'setting', 'session'] as const;

/** Who changed what, newest first. */
export default function Audit() {
  const { t } = useTranslation();
  const [area, setArea] = useState('');
  const audit = useAudit(area && `${area}.`);
  return (
    <Page title={t('place.audit')} about={t('audit.about')}
      actions={
        <Select aria-label={t('audit.area')} placeholder={t('audit.all')} clearable value={area || null} onChange={(value) => setArea(value ?? '')}
          data={kAreas.map((value) => ({ value, label: t(`audit.area_${value}`) }))} clearButtonProps={{ 'aria-label': t('act.clear') }} />
      }>
      <Panel flush>
        <Answer of={audit}>
          {(data) => {
            const items = data.pages.flatMap((page) => page.items);
            if (items.length === 0) return <Empty title={t('audit.none')} />;
            return (
              <>
                <div className="scroll-x">
                  <Table className="cards" aria-label={t('place.audit')}>
                    <Table.Thead>
                      <Table.Tr>
                        <Table.Th>{t('audit.at')}</Table.Th><Table.Th>{t('audit.actor')}</Table.Th><Table.Th>{t('audit.action')}</Table.Th>
                        <Table.Th>{t('audit.target')}</Table.Th><Table.Th>{t('change.reason')}</Table.Th>
                      </Table.Tr>
                    </Table.Thead>
                    <Table.Tbody>{items.map((entry) => <Row key={entry.id} entry={entry} />)}</Table.Tbody>
                  </Table>
                </div>
                <More of={audit} />
              </>
            );
          }}
        </Answer>
      </Panel>
    </Page>
  );
}

/** What was done in a word of the language; what is not known here as the server calls it. */
function useActionText(): (action: string) => string {
  const { t } = useTranslation();
  return (action) => {
    const verb = kVerbs.find((one) => one === verbOf(action));
    return verb ? t(`audit.do_${verb}`) : action;
  };
}

function Row({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation();
  const path = targetPath(entry.target);
  const { kind, name } = targetOf(entry.target);
  const actionText = useActionText();
  return (
    <Table.Tr>
      <Cell label={t('audit.at')}><Time at={entry.at} /></Cell>
      <Cell label={t('audit.actor')}>{entry.actor}</Cell>
      <Cell label={t('audit.action')}><Badge color="gray" tt="none" title={entry.action}>{actionText(entry.action)}</Badge></Cell>
      <Cell label={t('audit.target')} className="mono">{kind && <span className="audit-kind">{t(`audit.kind_${kind}`)} </span>}{path ? <Link to={path}>{name}</Link> : name}{entry.details.trait && ` · ${entry.details.trait}`}</Cell>
      <Cell label={t('change.reason')}>{entry.reason ?? '–'}</Cell>
    </Table.Tr>
  );
}
