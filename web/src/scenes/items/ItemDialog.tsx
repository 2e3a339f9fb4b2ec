import { Stack, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { valueText } from '../../data/format';
import { Dialog } from '../../ui/Dialog';
import { Time } from '../../ui/Small';
import { Answer } from '../../ui/States';
import { PersonName } from '../people/PersonName';
import { DueText } from './ItemType';
import { useItem, type Catalog } from './itemsData';
import { useStateText } from './useStateText';
import { useTypeText } from './useTypeText';

/** All of one item: whose it is, its fields, the states it has passed. */
export function ItemDialog({ catalog, id, onClose }: { catalog: Catalog; id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const stateText = useStateText();
  const { nameOf } = useTypeText();
  const item = useItem(catalog.key, id);
  return (
    <Dialog title={`${nameOf(catalog)}: ${id}`} onClose={onClose}>
      <Answer of={item} rows={4}>
        {(one) => (
          <Stack gap="sm">
            {one.owner?.profile && <Text size="sm">{t('item.owner')}: <PersonName id={one.owner.profile} /></Text>}
            {one.due && <Text size="sm" component="div">{t('item.due')}: <DueText item={one} /></Text>}
            <Table aria-label={t('item.fields')} verticalSpacing={3}>
              <Table.Tbody>{Object.entries(one.fields as Record<string, unknown>).map(([name, value]) => <Table.Tr key={name}><Table.Td c="dimmed">{name}</Table.Td><Table.Td style={{ overflowWrap: 'anywhere' }}>{valueText(value)}</Table.Td></Table.Tr>)}</Table.Tbody>
            </Table>
            {one.states.length > 0 && (
              <div>
                <Text size="xs" c="dimmed">{t('item.passed')}</Text>
                {one.states.map((passed) => <Text key={passed.state + passed.since} size="sm" component="div">{stateText(passed.state)} <Text span size="xs" c="dimmed"><Time at={passed.since} /></Text></Text>)}
              </div>
            )}
          </Stack>
        )}
      </Answer>
    </Dialog>
  );
}
