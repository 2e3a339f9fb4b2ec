import { useState } from 'react';

interface Made { key: string; identity: string }

/**
 * Keeps an editor as it is when what it makes gets an address of its own, so that what is typed while
 * the first save is under way stays. `identity` is the React key of the editor, `isMade` says that it
 * was begun before there was anything to read.
 */
export function useMade(key: string | undefined, start: string) {
  const [made, setMade] = useState<Made | null>(null);
  const isMade = made !== null && made.key === key;
  const identity = isMade ? made.identity : key ?? `new/${start}`;
  return { identity, isMade, onMade: (fresh: string) => setMade({ key: fresh, identity }) };
}
