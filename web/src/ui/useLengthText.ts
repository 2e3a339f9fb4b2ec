import { useTranslation } from 'react-i18next';

/** A length such as 7d as words. */
export function useLengthText(): (length: string) => string {
  const { t } = useTranslation();
  return (length) => {
    const found = /^(\d+)(s|m|h|d|w|mo)$/.exec(length);
    return found ? t(`length.${found[2] as 's' | 'm' | 'h' | 'd' | 'w' | 'mo'}`, { count: Number(found[1]) }) : length;
  };
}
