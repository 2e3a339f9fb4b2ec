import { useEffect, useState } from 'react';

/** What opened a dialog, from what had the focus: of an item of a menu the button of the menu, since the item goes. */
export function openerOf(active: Element | null): HTMLElement | null {
  const menu = active?.closest('[role=menu]');
  const opener = menu ? document.getElementById(menu.getAttribute('aria-labelledby') ?? '') : active;
  return opener instanceof HTMLElement && opener !== document.body ? opener : null;
}

/** Gives the focus back to what had it before, when this goes and nothing else has taken it; to the page, where that is gone. */
export function useFocusBack(): void {
  const [opener] = useState(() => openerOf(document.activeElement));
  useEffect(() => () => {
    // Later: what took the focus off the dialog may put it somewhere itself.
    setTimeout(() => {
      if (document.activeElement && document.activeElement !== document.body) return;
      const to = opener?.isConnected ? opener : document.querySelector('main');
      to?.focus({ preventScroll: true });
    });
  }, [opener]);
}
