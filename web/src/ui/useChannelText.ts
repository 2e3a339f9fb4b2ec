import { useTranslation } from 'react-i18next';

const kKnown = ['email', 'sms', 'webhook', 'whatsapp', 'push'] as const;

/** A channel in the words of the language; one of the installation's own as it is written. */
export function useChannelText(): (channel: string) => string {
  const { t } = useTranslation();
  return (channel) => {
    const known = kKnown.find((one) => one === channel);
    return known ? t(`channelname.${known}`) : channel;
  };
}
