import { Badge, Button, Group, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Cell } from '../../ui/Cell';
import { Dialog } from '../../ui/Dialog';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { Dotted, Time } from '../../ui/Small';
import { Answer, Empty, Failure } from '../../ui/States';
import { NewToken } from './NewToken';
import { useRevokeToken, useTokens, type Token } from './tokensData';

/** Who may do what; a secret is shown once, when it is made. */
export default function Tokens() {
  const { t } = useTranslation();
  const tokens = useTokens();
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const create = <Button onClick={() => setCreating(true)}>{t('token.new')}</Button>;
  return (
    <Page title={t('place.tokens')} about={t('token.about')} actions={create}>
      <Panel flush>
        <Answer of={tokens}>
          {(data) => data.items.length === 0 ? <Empty title={t('token.none')} action={create} /> : <TokenTable tokens={data.items} onRevoke={setRevoking} />}
        </Answer>
      </Panel>
      {creating && <NewToken onClose={() => setCreating(false)} />}
      {revoking && <RevokeDialog token={revoking} onClose={() => setRevoking(null)} />}
    </Page>
  );
}

function TokenTable({ tokens, onRevoke }: { tokens: Token[]; onRevoke: (token: Token) => void }) {
  const { t } = useTranslation();
  return (
    <div className="scroll-x">
      <Table className="cards" aria-label={t('place.tokens')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('token.name')}</Table.Th><Table.Th>{t('source.key')}</Table.Th><Table.Th>{t('token.scopes')}</Table.Th>
            <Table.Th>{t('key.created')}</Table.Th><Table.Th>{t('key.last_used')}</Table.Th><Table.Th>{t('token.expires')}</Table.Th>
            <Table.Th><span className="visually-hidden">{t('act.actions')}</span></Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tokens.map((token) => (
            <Table.Tr key={token.key} data-token={token.key}>
              <Cell fw={560}>{token.name}</Cell>
              <Cell label={t('source.key')} className="mono">{token.key}</Cell>
              <Cell label={t('token.scopes')}>{token.scopes.map((scope) => <Badge key={scope} color="gray" mr={4} tt="none">{scope}</Badge>)}</Cell>
              <Cell label={t('key.created')}><span><Dotted><Time at={token.created_at} />{token.created_by}</Dotted></span></Cell>
              <Cell label={t('key.last_used')}><Time at={token.last_used_at} /></Cell>
              <Cell label={t('token.expires')}>{token.expires_at ? <Time at={token.expires_at} /> : t('token.never')}</Cell>
              <Cell ta="right"><Button variant="default" size="compact-xs" onClick={() => onRevoke(token)} aria-label={t('token.revoke_named', { name: token.name })}>{t('token.revoke')}</Button></Cell>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function RevokeDialog({ token, onClose }: { token: Token; onClose: () => void }) {
  const { t } = useTranslation();
  const revoke = useRevokeToken();
  return (
    <Dialog onClose={onClose} title={t('token.revoke_named', { name: token.name })}>
      <Stack gap="sm">
        <Text size="sm">{t('token.revoke_what')}</Text>
        {revoke.error && <Failure error={revoke.error} />}
        <Group justify="flex-end">
          <Button variant="default" data-autofocus onClick={onClose}>{t('act.cancel')}</Button>
          <Button color="red.9" loading={revoke.isPending} onClick={() => revoke.mutate(token.key, { onSuccess: onClose })}>{t('token.revoke')}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
