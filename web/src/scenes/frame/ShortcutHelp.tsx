import { Kbd, Table } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/Dialog';
import { kPlaces } from './frameData';

export function ShortcutHelp({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  if (!opened) return null;
  const rows: [string[], string][] = [
    [['/'], t('frame.search')],
    [['Ctrl', 'K'], t('frame.search')],
    ...kPlaces.map((place): [string[], string] => [['g', place.letter], t(`place.${place.key}`)]),
    [['?'], t('frame.shortcuts')],
  ];
  return (
    <Dialog onClose={onClose} title={t('frame.shortcuts')}>
      <Table>
        <Table.Tbody>
          {rows.map(([keys, what]) => (
            <Table.Tr key={keys.join()}>
              <Table.Td w={120}>{keys.map((key) => <Kbd key={key} mr={4}>{key}</Kbd>)}</Table.Td>
              <Table.Td>{what}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Dialog>
  );
}
