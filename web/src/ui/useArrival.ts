import { useEffect, useRef } from 'react';

/** A dialog that closes gives the focus back first. */
export const kAfterDialogMs = 60;

/** For the news of what was just done: comes into view, and takes the focus, whenever `news` is another one. */
export function useArrival(news: unknown) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!news) return;
    const timer = setTimeout(() => {
      ref.current?.focus({ preventScroll: true });
      ref.current?.scrollIntoView({ block: 'center' });
    }, kAfterDialogMs);
    return () => clearTimeout(timer);
  }, [news]);
  return ref;
}
