import { useTranslation } from 'react-i18next';

const kShipped = ['placed', 'paid', 'picking', 'ready', 'on_the_way', 'arrived', 'handed_over', 'cancelled', 'returned', 'created', 'handed_to_carrier', 'in_transit', 'out_for_delivery', 'delivered', 'failed'] as const;

/** A state as words: those of the types that ship in the language of the screen, others as they are written. */
export function useStateText(): (state: string) => string {
  const { t } = useTranslation();
  return (state) => {
    const known = kShipped.find((one) => one === state);
    return known ? t(`itemstate.${known}`) : state.replace(/_/g, ' ');
  };
}
