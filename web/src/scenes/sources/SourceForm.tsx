import { NumberInput, Select, SimpleGrid, Switch, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useMappings, type SourceSettings } from './sourcesData';

interface SourceFormProps {
  name: string;
  settings: SourceSettings;
  disabled?: boolean;
  onName: (name: string) => void;
  onSettings: (settings: SourceSettings) => void;
}

const kRegions = ['TR', 'RO', 'GB', 'DE', 'FR', 'IT', 'ES', 'NL', 'US'];

/** The settings of a source. */
export function SourceForm({ name, settings, disabled = false, onName, onSettings }: SourceFormProps) {
  const { t, i18n } = useTranslation();
  const mappings = useMappings('webhook');
  const regionName = new Intl.DisplayNames(i18n.language, { type: 'region' });
  const set = (change: Partial<SourceSettings>) => onSettings({ ...settings, ...change });
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
      <TextInput required label={t('source.name')} value={name} disabled={disabled} onChange={(event) => onName(event.currentTarget.value)} />
      <Select label={t('source.party')} description={t('source.party_hint')} value={settings.party} disabled={disabled} allowDeselect={false}
        data={(['first', 'second', 'third'] as const).map((value) => ({ value, label: t(`party.${value}`) }))}
        onChange={(value) => set({ party: (value ?? 'first') as SourceSettings['party'] })} />
      <NumberInput label={t('source.late')} description={t('source.late_hint')} min={1} max={720} value={settings.late_after_hours} disabled={disabled}
        onChange={(value) => set({ late_after_hours: Number(value) || 24 })} />
      <Select label={t('source.region')} description={t('source.region_hint')} clearable searchable value={settings.phone_region} disabled={disabled}
        data={kRegions.map((value) => ({ value, label: `${regionName.of(value) ?? value} (${value})` }))} onChange={(value) => set({ phone_region: value })}
        clearButtonProps={{ 'aria-label': t('act.clear') }} />
      <TextInput label={t('source.purpose')} description={t('source.purpose_hint')} value={settings.purpose ?? ''} disabled={disabled}
        onChange={(event) => set({ purpose: event.currentTarget.value.trim() || null })} />
      <NumberInput label={t('source.trust')} description={t('source.trust_hint')} min={0} max={100} value={settings.trust} disabled={disabled}
        onChange={(value) => set({ trust: Number(value) || 0 })} />
      <Select label={t('source.webhook')} description={t('source.webhook_hint')} clearable value={settings.webhook_mapping} disabled={disabled}
        data={(mappings.data?.items ?? []).map((one) => ({ value: one.key, label: one.name }))} onChange={(value) => set({ webhook_mapping: value })}
        clearButtonProps={{ 'aria-label': t('act.clear') }} />
      <div style={{ display: 'grid', gap: 10, alignContent: 'center' }}>
        <Switch size="xs" label={t('source.enabled')} description={t('source.enabled_hint')} checked={settings.enabled ?? true} disabled={disabled}
          onChange={(event) => set({ enabled: event.currentTarget.checked })} />
        <Switch size="xs" label={t('source.keep_ip')} checked={settings.keep_ip} disabled={disabled} onChange={(event) => set({ keep_ip: event.currentTarget.checked })} />
        <Switch size="xs" label={t('source.allow_alias')} checked={settings.allow_alias_of_user_ids} disabled={disabled}
          onChange={(event) => set({ allow_alias_of_user_ids: event.currentTarget.checked })} />
      </div>
    </SimpleGrid>
  );
}
