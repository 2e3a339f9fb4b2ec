// What the frame leads to. Groups stand in the order of the work: understand, act, bring in, run.

import type { Scope } from '../../data/session';

export interface Place {
  key: 'overview' | 'explore' | 'questions' | 'dashboards' | 'sql' | 'people' | 'segments' | 'journeys' | 'templates' | 'messages' | 'items' | 'tasks' | 'consents' | 'sources' | 'forwards' | 'rejects' | 'imports' | 'mappings' | 'senders' | 'tokens' | 'audit';
  path: string;
  letter: string; // Pressed after g.
  group: 'understand' | 'act' | 'bring_in' | 'run';
  scope: Scope; // Without it the place is not shown.
}

// Later screens (inbox) join this list with their scene.
export const kPlaces: readonly Place[] = [
  { key: 'overview', path: '/', letter: 'o', group: 'understand', scope: 'read' },
  { key: 'explore', path: '/explore', letter: 'e', group: 'understand', scope: 'read' },
  { key: 'questions', path: '/questions', letter: 'q', group: 'understand', scope: 'read' },
  { key: 'dashboards', path: '/dashboards', letter: 'd', group: 'understand', scope: 'read' },
  { key: 'sql', path: '/sql', letter: 'l', group: 'understand', scope: 'read' },
  { key: 'people', path: '/people', letter: 'p', group: 'understand', scope: 'read' },
  { key: 'segments', path: '/segments', letter: 'g', group: 'act', scope: 'read' },
  { key: 'journeys', path: '/journeys', letter: 'j', group: 'act', scope: 'read' },
  { key: 'templates', path: '/templates', letter: 'w', group: 'act', scope: 'read' },
  { key: 'messages', path: '/messages', letter: 'h', group: 'act', scope: 'read' },
  { key: 'items', path: '/items', letter: 'b', group: 'act', scope: 'read' },
  { key: 'tasks', path: '/tasks', letter: 'k', group: 'act', scope: 'read' },
  { key: 'consents', path: '/consents', letter: 'c', group: 'act', scope: 'read' },
  { key: 'sources', path: '/sources', letter: 's', group: 'bring_in', scope: 'read' },
  { key: 'forwards', path: '/forwards', letter: 'f', group: 'bring_in', scope: 'read' },
  { key: 'imports', path: '/imports', letter: 'i', group: 'bring_in', scope: 'read' },
  { key: 'mappings', path: '/mappings', letter: 'm', group: 'bring_in', scope: 'read' },
  { key: 'rejects', path: '/rejects', letter: 'r', group: 'bring_in', scope: 'read' },
  { key: 'senders', path: '/senders', letter: 'n', group: 'run', scope: 'read' },
  { key: 'tokens', path: '/tokens', letter: 't', group: 'run', scope: 'admin' },
  { key: 'audit', path: '/audit', letter: 'a', group: 'run', scope: 'admin' },
];

export const kGroups = ['understand', 'act', 'bring_in', 'run'] as const;

/** The place that a path belongs to: the longest that it begins with. */
export function placeOf(pathname: string): Place | undefined {
  return kPlaces
    .filter((place) => (place.path === '/' ? pathname === '/' : pathname === place.path || pathname.startsWith(`${place.path}/`)))
    .sort((a, b) => b.path.length - a.path.length)[0];
}

export type KeyAction = { kind: 'go'; path: string } | { kind: 'search' } | { kind: 'help' } | null;

export interface KeyPress {
  key: string;
  control: boolean; // Control or Command.
  typing: boolean; // The focus is in a field.
}

const kPairMs = 1200; // A second key later than this is a key of its own.

/** Turns keys into actions: `/` and Ctrl+K search, `g` then a letter goes, `?` helps. */
export class KeyReader {
  private goPressedAt = -Infinity;

  read(press: KeyPress, now: number): KeyAction {
    if (press.control) return press.key.toLowerCase() === 'k' ? { kind: 'search' } : null;
    if (press.typing) return null;
    const afterGo = now - this.goPressedAt <= kPairMs;
    this.goPressedAt = -Infinity;
    if (afterGo) {
      const place = kPlaces.find((one) => one.letter === press.key);
      if (place) return { kind: 'go', path: place.path };
    }
    if (press.key === 'g') this.goPressedAt = now;
    if (press.key === '/') return { kind: 'search' };
    return press.key === '?' ? { kind: 'help' } : null;
  }
}
