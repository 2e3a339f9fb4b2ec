import { useTranslation } from 'react-i18next';
import type { CatalogType } from './itemsData';

const kShipped = ['order', 'product', 'shipment', 'stock', 'store'] as const;

/** Name and description of a type: of one that ships in the language of the screen, of any other as written. */
export function useTypeText() {
  const { t } = useTranslation();
  const own = (key: string, text: string, what: '' | '_about') => {
    const known = kShipped.find((one) => one === key);
    const isAsShipped = known !== undefined && text === t(`itemtype.${known}${what}`, { lng: 'en' });
    return isAsShipped ? t(`itemtype.${known}${what}`) : text;
  };
  return {
    nameOf: ({ key, name }: Pick<CatalogType, 'key' | 'name'>) => own(key, name, ''),
    aboutOf: ({ key, description }: Pick<CatalogType, 'key' | 'description'>) => own(key, description ?? '', '_about'),
  };
}
