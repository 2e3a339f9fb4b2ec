import { ActionIcon, Badge, Button, Menu, Table, Text } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useRemoval } from '../../data/removal';
import { may, useSession } from '../../data/session';
import { Cell } from '../../ui/Cell';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { DeletedNotice, RemovalNotice } from '../../ui/Removal';
import { Dotted, Time } from '../../ui/Small';
import { Answer, Empty } from '../../ui/States';
import { useChannelText } from '../../ui/useChannelText';
import type { Template } from './draft';
import { kExamples } from './examples';
import './templates.css';
import { kTemplates, useTemplates } from './templatesData';

/** Texts of messages, with places to fill in. */
export default function Templates() {
  const { t } = useTranslation();
  const session = useSession();
  const templates = useTemplates();
  const remove = useRemoval(kTemplates);
  const mayWrite = may(session.data, 'send');
  const create = mayWrite && <Button component={Link} to="/templates/new">{t('template.new')}</Button>;
  return (
    <Page title={t('place.templates')} about={t('template.about')} actions={templates.data?.length ? create : undefined}>
      <DeletedNotice shelf={kTemplates} text={({ name }) => t('saved.deleted', { name })} />
      <RemovalNotice of={remove} />
      <Answer of={templates}>
        {(all) => all.length === 0
          ? <Panel><Empty title={t('template.none')} hint={t('template.none_hint')} action={create} />{mayWrite && <Examples />}</Panel>
          : <Panel flush><TemplateTable templates={all} mayWrite={mayWrite} onDelete={remove.run} /></Panel>}
      </Answer>
    </Page>
  );
}

function Examples() {
  const { t } = useTranslation();
  return (
    <section className="template-examples" aria-label={t('segment.examples')}>
      <Text size="xs" c="dimmed" mb={6}>{t('segment.examples')}</Text>
      <div>
        {kExamples.map((one) => (
          <Link key={one} to={`/templates/new?example=${one}`}>
            <Text span fw={600} size="sm">{t(`template.example_${one}`)}</Text>
            <Text span size="xs" c="dimmed">{t(`template.example_${one}_about`)}</Text>
          </Link>
        ))}
      </div>
    </section>
  );
}

interface TableProps { templates: Template[]; mayWrite: boolean; onDelete: (template: Template) => void }

function TemplateTable({ templates, mayWrite, onDelete }: TableProps) {
  const { t } = useTranslation();
  const channelText = useChannelText();
  return (
    <div className="scroll-x">
      <Table className="cards" aria-label={t('place.templates')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('template.template')}</Table.Th>
            <Table.Th>{t('template.channel')}</Table.Th>
            <Table.Th>{t('template.languages')}</Table.Th>
            <Table.Th>{t('saved.changed')}</Table.Th>
            {mayWrite && <Table.Th><span className="visually-hidden">{t('act.actions')}</span></Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {templates.map((one) => (
            <Table.Tr key={one.key} data-template={one.key}>
              <Cell>
                <div style={{ minWidth: 0 }}>
                  <Link className="row-link" to={`/templates/${one.key}`}>{one.name}</Link>
                  <Text size="xs" c="dimmed" maw={680} lineClamp={1}>{one.description || one.subject || one.text || one.body}</Text>
                </div>
              </Cell>
              <Cell label={t('template.channel')}><Badge color="gray">{channelText(one.channel)}</Badge></Cell>
              <Cell label={t('template.languages')}>{[one.locale ?? 'en', ...Object.keys(one.locales ?? {})].join(' · ')}</Cell>
              <Cell label={t('saved.changed')}><span><Dotted><Time at={one.updated_at} />{one.updated_by}</Dotted></span></Cell>
              {mayWrite && <Cell ta="right"><RowMenu template={one} onDelete={onDelete} /></Cell>}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function RowMenu({ template, onDelete }: { template: Template; onDelete: (template: Template) => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t('saved.actions', { name: template.name })}><IconDots size={16} /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void navigate(`/templates/new?from=${template.key}`)}>{t('act.duplicate')}</Menu.Item>
        <Menu.Item c="var(--mantine-color-error)" onClick={() => onDelete(template)}>{t('act.delete')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
