import { Text, Title } from '@mantine/core';
import { createContext, useContext, useId, type ReactNode } from 'react';

interface PanelProps {
  title?: string;
  about?: string; // Unit, period and sample size of what is shown.
  actions?: ReactNode;
  flush?: boolean; // Content reaches the border (tables).
  children: ReactNode;
}

/** True within a frame that is the region already: panels there have no border and are no regions. */
export const WithinFrame = createContext(false);

/** A bordered region with a heading. */
export function Panel({ title, about, actions, flush, children }: PanelProps) {
  const id = useId();
  const within = useContext(WithinFrame);
  const Frame = within ? 'div' : 'section';
  return (
    <Frame className={within ? '' : flush ? 'panel flush' : 'panel'} {...(title && !within ? { 'aria-labelledby': id } : {})}>
      {(title || actions) && (
        <div className="panel-head">
          <div>
            {title && <Title order={within ? 3 : 2} id={id} fz={within ? 13 : 14}>{title}</Title>}
            {about && <Text size="xs" c="dimmed">{about}</Text>}
          </div>
          {actions && <div style={{ display: 'flex', gap: 6, alignItems: 'center', flexWrap: 'wrap' }}>{actions}</div>}
        </div>
      )}
      {children}
    </Frame>
  );
}
