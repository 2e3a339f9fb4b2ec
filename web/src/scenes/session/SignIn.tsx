import { Alert, Button, Center, Group, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Navigate, useSearchParams } from 'react-router';
import { messageOf } from '../../data/errors';
import { safeReturnPath, tokenOfHash, useSession, useSignIn } from '../../data/session';
import { kLanguages, setLanguage, type Language } from '../../text/text';
import { Logo } from '../../ui/Logo';

/** Sign in with a token, or at once by a one-time link that carries one. */
export default function SignIn() {
  const { t, i18n } = useTranslation();
  const [params] = useSearchParams();
  const session = useSession();
  const signIn = useSignIn();
  const [token, setToken] = useState('');
  const linkUsed = useRef(false);

  useEffect(() => {
    document.title = `${t('sign_in.title')} · Throughline`;
  }, [t]);
  useEffect(() => {
    const linked = tokenOfHash(window.location.hash);
    if (!linked || linkUsed.current) return;
    linkUsed.current = true;
    // The token must not stay in the address or the history.
    window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
    signIn.mutate(linked);
  }, [signIn]);

  if (session.data) return <Navigate to={safeReturnPath(params.get('to'))} replace />;
  return (
    <Center mih="100vh" p="md" component="main">
      <Stack w={360} gap="md">
        <Group gap="sm"><Logo size={36} /><Title order={1} fz={24}>Throughline</Title></Group>
        <Text c="dimmed" size="sm">{t('sign_in.about')}</Text>
        <form onSubmit={(event) => { event.preventDefault(); signIn.mutate(token.trim()); }}>
          <Stack gap="sm">
            <PasswordInput size="sm" label={t('sign_in.token')} description={t('sign_in.where')} value={token} autoFocus autoComplete="current-password"
              onChange={(event) => setToken(event.currentTarget.value)}
              visibilityToggleButtonProps={{ 'aria-label': t('sign_in.show') }} />
            {signIn.error && <Alert color="red" variant="light" role="alert" title={t('sign_in.refused')}>{messageOf(signIn.error)}</Alert>}
            <Button type="submit" size="sm" loading={signIn.isPending} disabled={!token.trim()}>{t('sign_in.go')}</Button>
          </Stack>
        </form>
        <Group gap="xs">
          {(Object.keys(kLanguages) as Language[]).map((language) => (
            <Button key={language} size="compact-xs" variant={i18n.language === language ? 'light' : 'subtle'} lang={language} onClick={() => void setLanguage(language)}>
              {kLanguages[language]}
            </Button>
          ))}
        </Group>
      </Stack>
    </Center>
  );
}
