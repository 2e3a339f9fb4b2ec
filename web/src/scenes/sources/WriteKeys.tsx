import { Button, Group, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Cell } from '../../ui/Cell';
import { Dialog } from '../../ui/Dialog';
import { Panel } from '../../ui/Panel';
import { CopyText, Dotted, Time } from '../../ui/Small';
import { Failure } from '../../ui/States';
import { useAddKey, useRetireKey, type Source } from './sourcesData';

/** One or two write keys: make the second, change the senders over, retire the first. */
export function WriteKeys({ source, mayWrite }: { source: Source; mayWrite: boolean }) {
  const { t } = useTranslation();
  const add = useAddKey(source.key);
  const [retiring, setRetiring] = useState<string | null>(null);
  const two = source.write_keys.length > 1;
  return (
    <Panel title={t('source.tab_keys')} about={t('key.about')}
      actions={mayWrite && <Button disabled={two} loading={add.isPending} onClick={() => add.mutate()}>{t('key.rotate')}</Button>}>
      {add.error && <Failure error={add.error} />}
      <div className="scroll-x">
        <Table className="cards" aria-label={t('source.tab_keys')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('key.key')}</Table.Th><Table.Th>{t('key.created')}</Table.Th><Table.Th>{t('key.last_used')}</Table.Th>
              <Table.Th><span className="visually-hidden">{t('act.actions')}</span></Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {source.write_keys.map((one) => (
              <Table.Tr key={one.id}>
                <Cell label={t('key.key')}><span className="mono">{one.key}</span> <CopyText text={one.key} label={t('key.copy')} compact /></Cell>
                <Cell label={t('key.created')}><span><Dotted><Time at={one.created_at} />{one.created_by}</Dotted></span></Cell>
                <Cell label={t('key.last_used')}><Time at={one.last_used_at} /></Cell>
                <Cell ta="right">{mayWrite && two && <Button variant="default" size="compact-xs" onClick={() => setRetiring(one.id)}>{t('key.retire')}</Button>}</Cell>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {retiring && <RetireDialog source={source} id={retiring} onClose={() => setRetiring(null)} />}
    </Panel>
  );
}

function RetireDialog({ source, id, onClose }: { source: Source; id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const retire = useRetireKey(source.key);
  return (
    <Dialog onClose={onClose} title={t('key.retire')}>
      <Stack gap="sm">
        <Text size="sm">{t('key.retire_what')}</Text>
        <span className="mono">{source.write_keys.find((one) => one.id === id)?.key}</span>
        {retire.error && <Failure error={retire.error} />}
        <Group justify="flex-end">
          <Button variant="default" data-autofocus onClick={onClose}>{t('act.cancel')}</Button>
          <Button color="red.9" loading={retire.isPending} onClick={() => retire.mutate(id, { onSuccess: onClose })}>{t('key.retire')}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
