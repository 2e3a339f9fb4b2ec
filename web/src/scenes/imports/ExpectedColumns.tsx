import { Badge, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../ui/Panel';
import type { Mapping } from '../sources/sourcesData';
import { expectedColumns } from './importsData';

/** The columns that a mapping reads; once a file was looked at, which of them it lacks. */
export function ExpectedColumns({ mapping, found }: { mapping: Mapping; found: string[] }) {
  const { t } = useTranslation();
  const columns = expectedColumns(mapping.definition);
  if (columns.length === 0) return null;
  const lacks = (column: string) => found.length > 0 && !found.includes(column);
  const missing = columns.filter(lacks);
  return (
    <Panel title={t('import.expects', { name: mapping.name })} about={missing.length > 0 ? t('import.lacks', { count: missing.length }) : t('import.expects_about')}>
      <div style={{ display: 'flex', gap: 6, flexWrap: 'wrap' }}>
        {columns.map((column) => <Badge key={column} className="mono" color={lacks(column) ? 'gold' : 'gray'}>{column}{lacks(column) && ` – ${t('import.not_there')}`}</Badge>)}
      </div>
      {found.length > 0 && missing.length > 0 && <Text size="xs" c="dimmed" mt="xs">{t('import.columns', { columns: found.join(', ') })}</Text>}
    </Panel>
  );
}
