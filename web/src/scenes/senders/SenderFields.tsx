import { Button, Group, PasswordInput, Select, Switch, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Code, CopyText } from '../../ui/Small';
import { freshSecret, keepsSecret, kStepsChannel, kTls, type Draft, type Sender, type Tls } from './sender';

interface FieldsProps {
  draft: Draft;
  standing: Sender | undefined; // What stands for the channel.
  onChange: (fields: Partial<Draft>) => void;
}

type TextName = 'host' | 'user' | 'authorities' | 'hello' | 'url';

/** One text of a sender, with what it is for. */
export function Field({ name, draft, onChange, required = false }: FieldsProps & { name: TextName; required?: boolean }) {
  const { t } = useTranslation();
  return <TextInput required={required} label={t(`sender.${name}`)} description={t(`sender.${name}_hint`)} value={draft[name]} autoComplete="off" spellCheck={false} onChange={(event) => onChange({ [name]: event.currentTarget.value })} />;
}

type NumberName = 'port' | 'connections' | 'messages_per_second' | 'burst';
const kUsual: Record<NumberName, string> = { port: '587', connections: '4', messages_per_second: '–', burst: '1' };

function Numeral({ name, draft, onChange }: FieldsProps & { name: NumberName }) {
  const { t } = useTranslation();
  return <TextInput type="number" inputMode="decimal" min={name === 'messages_per_second' ? 0 : 1} step={name === 'messages_per_second' ? 'any' : 1} label={t(`sender.${name}`)} placeholder={kUsual[name]} value={draft[name]} onChange={(event) => onChange({ [name]: event.currentTarget.value })} />;
}

/** A login by SMTP: server, encryption, user. */
export function SmtpFields(of: FieldsProps) {
  const { t } = useTranslation();
  const { draft, standing, onChange } = of;
  return (
    <>
      <Group grow align="flex-end" preventGrowOverflow={false}><Field name="host" required {...of} /><Numeral name="port" {...of} /></Group>
      <Select label={t('sender.tls')} description={t(`sender.tls_${draft.tls}_about`)} allowDeselect={false} value={draft.tls} onChange={(tls) => tls && onChange({ tls: tls as Tls })} data={kTls.map((one) => ({ value: one, label: t(`sender.tls_${one}`) }))} />
      <Field name="user" {...of} />
      {draft.user.trim() !== '' && (
        <PasswordInput label={t('sender.password')} description={t(keepsSecret(draft, standing) ? 'sender.password_kept' : 'sender.password_hint')} value={draft.password} autoComplete="new-password" visibilityToggleButtonProps={{ 'aria-label': t('sender.show_typed') }} onChange={(event) => onChange({ password: event.currentTarget.value })} />
      )}
    </>
  );
}

/** A call to a gateway, or to where each step says. */
export function WebhookFields(of: FieldsProps) {
  const { t } = useTranslation();
  const { draft, standing, onChange } = of;
  const isFresh = draft.secret.startsWith('whsec_');
  return (
    <>
      {draft.channel !== kStepsChannel && <Field name="url" required {...of} />}
      <Group align="flex-end" gap="xs">
        <PasswordInput style={{ flex: 1 }} label={t('sender.secret')} description={t(keepsSecret(draft, standing) ? 'sender.secret_kept' : 'sender.secret_hint')} value={draft.secret} autoComplete="new-password" visibilityToggleButtonProps={{ 'aria-label': t('sender.show_typed') }} onChange={(event) => onChange({ secret: event.currentTarget.value })} />
        <Button variant="default" onClick={() => onChange({ secret: freshSecret() })}>{t('sender.make_secret')}</Button>
      </Group>
      {isFresh && <Group gap="xs" wrap="nowrap"><div style={{ flex: 1, minWidth: 0 }}><Code value={draft.secret} label={t('sender.secret')} /></div><CopyText text={draft.secret} label={t('sender.copy_secret')} /></Group>}
      <Switch size="xs" label={t('sender.heeds_key')} description={t('sender.heeds_key_hint')} checked={draft.heeds_key} onChange={(event) => onChange({ heeds_key: event.currentTarget.checked })} />
      <Switch size="xs" label={t('sender.allows_private')} description={t('sender.allows_private_hint')} checked={draft.allows_private} onChange={(event) => onChange({ allows_private: event.currentTarget.checked })} />
    </>
  );
}

/** The provider's limit. */
export function PaceFields(of: FieldsProps) {
  return (
    <Group grow align="flex-end">
      <Numeral name="messages_per_second" {...of} />
      <Numeral name="burst" {...of} />
      {of.draft.type !== 'file' && <Numeral name="connections" {...of} />}
    </Group>
  );
}
