// Small pieces of text and number that stand in many screens.

import { ActionIcon, Badge, Button, CopyButton, Text, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { Children, Fragment, isValidElement, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from './useFormat';

/** Facts in a row, a dot between each two; what is empty leaves none behind. */
export function Dotted({ children }: { children: ReactNode }) {
  const parts = Children.toArray(children).filter((part) => part !== '');
  return parts.map((part, place) => (
    <Fragment key={isValidElement(part) ? part.key : place}>{place > 0 && ' · '}{part}</Fragment>
  ));
}

/** A figure with its name and unit. */
export function Stat({ label, value, unit, tone }: { label: string; value: ReactNode; unit?: string | undefined; tone?: 'bad' | undefined }) {
  return (
    <div className="panel" style={{ padding: '10px 14px', height: '100%' }}>
      <Text size="xs" c="dimmed">{label}</Text>
      <Text fz={22} fw={620} lh={1.25} className="num" {...(tone ? { c: 'var(--mantine-color-error)' } : {})}>{value}</Text>
      {unit && <Text size="xs" c="dimmed">{unit}</Text>}
    </div>
  );
}

/** A namespace and its value. */
export function IdentifierText({ namespace, value }: { namespace: string; value: string }) {
  return (
    <span className="mono">
      <span style={{ color: 'var(--mantine-color-dimmed)' }}>{namespace}:</span>{value}
    </span>
  );
}

/** How long ago; the exact time on hover and for screen readers. */
export function Time({ at }: { at: string | null }) {
  const format = useFormat();
  if (!at) return <span>–</span>;
  return <time dateTime={at} title={format.time(at)} className="num nowrap">{format.ago(at)}</time>;
}

export function KnownBadge({ known }: { known: boolean }) {
  const { t } = useTranslation();
  return <Badge color={known ? 'line' : 'gray'}>{known ? t('people.known') : t('people.unknown')}</Badge>;
}

/** Copies a text; `compact` where many stand under each other. */
export function CopyText({ text, label, compact = false }: { text: string; label: string; compact?: boolean }) {
  const { t } = useTranslation();
  return (
    <CopyButton value={text} timeout={1500}>
      {({ copied, copy }) => compact ? (
        <Tooltip label={copied ? t('act.copied') : label}>
          <ActionIcon variant="subtle" color="gray" size="sm" onClick={copy} aria-label={label}>
            {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          </ActionIcon>
        </Tooltip>
      ) : (
        <Tooltip label={copied ? t('act.copied') : label}>
          <Button variant="default" size="compact-xs" onClick={copy} aria-label={label}
            leftSection={copied ? <IconCheck size={13} /> : <IconCopy size={13} />}>
            {copied ? t('act.copied') : t('act.copy')}
          </Button>
        </Tooltip>
      )}
    </CopyButton>
  );
}

/** JSON, or any text, as it is. */
export function Code({ value, label }: { value: unknown; label: string }) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return <pre className="code" tabIndex={0} aria-label={label} role="group">{text}</pre>;
}

/** More of a list, when there is more. */
export function More({ of }: { of: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown } }) {
  const { t } = useTranslation();
  if (!of.hasNextPage) return null;
  return (
    <div style={{ padding: 10, textAlign: 'center' }}>
      <Button variant="default" loading={of.isFetchingNextPage} onClick={() => void of.fetchNextPage()}>{t('act.more')}</Button>
    </div>
  );
}
