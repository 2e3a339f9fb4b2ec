// When somebody who wrote is asked before leaving. Pure.

interface Place { pathname: string; search: string; state?: unknown }

/** Marks a way as one on which nothing is lost: what was written is saved, or was deleted. */
export const kNothingLost = { leaves: true } as const;

/** Whether to ask before going from one place to another: never within one, nor where nothing is lost. */
export function asksBefore(isDirty: boolean, from: Place, to: Place): boolean {
  const isElsewhere = from.pathname !== to.pathname || from.search !== to.search;
  return isDirty && isElsewhere && (to.state as { leaves?: unknown } | null | undefined)?.leaves !== true;
}
