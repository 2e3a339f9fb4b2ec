import { Alert, Badge, Button, Group, Select, Stack, Table, Text, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Cell } from '../../ui/Cell';
import { Panel } from '../../ui/Panel';
import { More, Time } from '../../ui/Small';
import { Answer, Empty, Failure } from '../../ui/States';
import { LiftDialog, SuppressDialog, type LiftWish } from './SuppressionDialogs';
import { addressOf, kReasons, useLookUp, useSuppressions, type Suppression } from './consentsData';

/** Addresses that nothing is to be sent to; they are kept as hashes, so one is searched by typing it. */
export function Suppressions({ mayWrite, mayLift }: { mayWrite: boolean; mayLift: boolean }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const [adding, setAdding] = useState(false);
  const [lifting, setLifting] = useState<LiftWish | null>(null);
  const suppressions = useSuppressions(reason);
  const items = suppressions.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Stack gap="sm">
      <Search adding={adding} mayLift={mayLift} onLift={setLifting} />
      <Panel title={t('consent.tab_suppressions')} about={t('suppress.about')} flush
        actions={
          <>
            <Select aria-label={t('suppress.reason')} placeholder={t('suppress.all_reasons')} clearable value={reason || null} onChange={(value) => setReason(value ?? '')}
              data={kReasons.map((value) => ({ value, label: t(`suppress.${value}`) }))} clearButtonProps={{ 'aria-label': t('act.clear') }} />
            {mayWrite && <Button onClick={() => setAdding(true)}>{t('suppress.add')}</Button>}
          </>
        }>
        <Answer of={suppressions}>
          {() => items.length === 0 ? <Empty title={t(reason ? 'suppress.none_so' : 'suppress.none')} hint={t(reason ? 'item.none_fits' : 'suppress.none_hint')} /> : (
            <>
              <SuppressionTable items={items} {...(mayLift ? { onLift: setLifting } : {})} />
              <More of={suppressions} />
            </>
          )}
        </Answer>
      </Panel>
      {adding && <SuppressDialog onClose={() => setAdding(false)} />}
      {lifting && <LiftDialog wish={lifting} onClose={() => setLifting(null)} />}
    </Stack>
  );
}

function Search({ adding, mayLift, onLift }: { adding: boolean; mayLift: boolean; onLift: (wish: LiftWish) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const lookUp = useLookUp();
  useEffect(() => { if (adding) lookUp.reset(); }, [adding]); // What it said may not hold afterwards.
  const found = lookUp.data;
  return (
    <Panel title={t('suppress.search')} about={t('suppress.search_about')}>
      <form onSubmit={(event) => { event.preventDefault(); lookUp.mutate(addressOf(text)); }}>
        <Group align="flex-end" gap="xs">
          <TextInput label={t('suppress.address')} placeholder="ana@example.com" value={text} w={320} maw="100%"
            onChange={(event) => { setText(event.currentTarget.value); lookUp.reset(); }} />
          <Button type="submit" variant="default" disabled={!text.trim()} loading={lookUp.isPending}>{t('suppress.look_up')}</Button>
        </Group>
      </form>
      {lookUp.error && <Failure error={lookUp.error} />}
      {found && !found.suppressed && <Text size="sm" mt="xs" role="status">{t('suppress.not_found', { address: text.trim() })}</Text>}
      {found?.suppressed && (
        <Alert color="gold" variant="light" mt="xs" role="status" title={t('suppress.found', { address: text.trim() })}>
          {found.reasons.map((one) => (
            <Group key={one.reason} gap="xs" mt={4}>
              <Badge color="gray" tt="none">{t(`suppress.${one.reason}`)}</Badge>
              <Text size="sm" component="span"><Time at={one.at} /> · {t(one.stops_everything ? 'suppress.all' : 'suppress.refusable')}</Text>
              {mayLift && <Button variant="default" size="compact-xs" onClick={() => { onLift({ id: found.id, reason: one.reason }); lookUp.reset(); }}>{t('suppress.lift')}</Button>}
            </Group>
          ))}
        </Alert>
      )}
    </Panel>
  );
}

function SuppressionTable({ items, onLift }: { items: Suppression[]; onLift?: (wish: LiftWish) => void }) {
  const { t } = useTranslation();
  return (
    <div className="scroll-x">
      <Table className="cards" aria-label={t('consent.tab_suppressions')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('suppress.id')}</Table.Th><Table.Th>{t('suppress.kind')}</Table.Th><Table.Th>{t('suppress.reason')}</Table.Th><Table.Th>{t('suppress.stops')}</Table.Th>
            <Table.Th>{t('consent.at')}</Table.Th><Table.Th>{t('audit.actor')}</Table.Th>
            <Table.Th><span className="visually-hidden">{t('act.actions')}</span></Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((one) => (
            <Table.Tr key={`${one.id}/${one.reason}`}>
              <Cell label={t('suppress.id')} className="mono">{one.id.slice(0, 8)}</Cell>
              <Cell label={t('suppress.kind')} className="mono">{one.namespace}</Cell>
              <Cell label={t('suppress.reason')}>{t(`suppress.${one.reason}`)}</Cell>
              <Cell label={t('suppress.stops')}>{t(one.stops_everything ? 'suppress.all' : 'suppress.refusable')}</Cell>
              <Cell label={t('consent.at')}><Time at={one.at} /></Cell>
              <Cell label={t('audit.actor')}>{one.actor ?? '–'}</Cell>
              <Cell ta="right">{onLift && <Button variant="default" size="compact-xs" onClick={() => onLift(one)} aria-label={t('suppress.lift_named', { id: one.id.slice(0, 8), reason: t(`suppress.${one.reason}`) })}>{t('suppress.lift')}</Button>}</Cell>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
