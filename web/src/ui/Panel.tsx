import { Text, Title } from '@mantine/core';
import { useId, type ReactNode } from 'react';

interface PanelProps {
  title?: string;
  about?: string; // Unit, period and sample size of what is shown.
  actions?: ReactNode;
  flush?: boolean; // Content reaches the border (tables).
  children: ReactNode;
}

/** A bordered region with a heading. */
export function Panel({ title, about, actions, flush, children }: PanelProps) {
  const id = useId();
  return (
    <section className={flush ? 'panel flush' : 'panel'} {...(title ? { 'aria-labelledby': id } : {})}>
      {(title || actions) && (
        <div className="panel-head">
          <div>
            {title && <Title order={2} id={id} fz={14}>{title}</Title>}
            {about && <Text size="xs" c="dimmed">{about}</Text>}
          </div>
          {actions && <div style={{ display: 'flex', gap: 6, alignItems: 'center', flexWrap: 'wrap' }}>{actions}</div>}
        </div>
      )}
      {children}
    </section>
  );
}
