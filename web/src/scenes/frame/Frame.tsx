import { ActionIcon, AppShell, Badge, Burger, Button, Group, Kbd, Menu, NavLink, Text, Tooltip, useMantineColorScheme } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconActivity, IconAlertOctagon, IconArrowForwardUp, IconBookmark, IconBrightness, IconChartHistogram, IconChecklist, IconFileImport, IconHistory, IconKey, IconLanguage, IconLayoutDashboard, IconMail, IconMailCog, IconPackage, IconSend, IconPlugConnected, IconRoute, IconSearch, IconShieldCheck, IconSql, IconTransform, IconUserCircle, IconUsers, IconUsersGroup } from '@tabler/icons-react';
import { Suspense, useEffect, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useNavigate } from 'react-router';
import { may, useSignOut, type Session } from '../../data/session';
import { kLanguages, setLanguage, type Language } from '../../text/text';
import { Logo } from '../../ui/Logo';
import { Loading } from '../../ui/States';
import { kFloating } from '../../ui/theme';
import { KeyReader, kGroups, kPlaces, placeOf, type Place } from './frameData';
import { Palette } from './Palette';
import { ShortcutHelp } from './ShortcutHelp';

const kIcons: Record<Place['key'], typeof IconActivity> = {
  overview: IconActivity, explore: IconChartHistogram, questions: IconBookmark, dashboards: IconLayoutDashboard, sql: IconSql, people: IconUsers, segments: IconUsersGroup, journeys: IconRoute, items: IconPackage, tasks: IconChecklist, templates: IconMail, messages: IconSend, sources: IconPlugConnected, forwards: IconArrowForwardUp, rejects: IconAlertOctagon,
  imports: IconFileImport, mappings: IconTransform, consents: IconShieldCheck, senders: IconMailCog, tokens: IconKey, audit: IconHistory,
};

/** The app around a screen: places, search, language, theme, who is signed in. */
export function Frame({ session, children }: { session: Session; children: ReactNode }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const [open, nav] = useDisclosure(false);
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  useShortcuts(() => setPalette(true), () => setHelp(true));
  useEffect(() => nav.close(), [pathname]);

  return (
    <AppShell header={{ height: 48 }} navbar={{ width: 196, breakpoint: 'sm', collapsed: { mobile: !open } }} padding="md">
      <a className="skip" href="#main">{t('frame.skip')}</a>
      <AppShell.Header>
        <Group h="100%" px="sm" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={open} onClick={nav.toggle} hiddenFrom="sm" size="sm" aria-label={t('frame.menu')} />
            <Logo />
            <Text fw={650} fz={15} visibleFrom="xs">Throughline</Text>
          </Group>
          <Button variant="default" c="dimmed" fw={400} onClick={() => setPalette(true)} aria-label={t('frame.search')}
            leftSection={<IconSearch size={14} />} rightSection={<Kbd size="xs" visibleFrom="sm">/</Kbd>} w={{ base: 150, sm: 340 }}
            styles={{ inner: { width: '100%' }, label: { flex: 1, justifyContent: 'flex-start' } }}>
            <Text span inherit visibleFrom="sm">{t('frame.search')}</Text>
            <Text span inherit hiddenFrom="sm">{t('frame.search_short')}</Text>
          </Button>
          <Group gap={6} wrap="nowrap">
            {session.installation.sending === 'held' && <Badge component={Link} to="/messages" color="gold" style={{ cursor: 'pointer' }}>{t('frame.held')}</Badge>}
            <LanguageMenu />
            <ThemeMenu />
            <AccountMenu session={session} onHelp={() => setHelp(true)} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={t('frame.places')} style={{ overflowY: 'auto' }}>
        <Places session={session} />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} style={{ outline: 'none' }}>
        <Suspense fallback={<Loading />}>{children}</Suspense>
        <div id={kFloating} />
      </AppShell.Main>
      <Palette opened={palette} onClose={() => setPalette(false)} session={session} />
      <ShortcutHelp opened={help} onClose={() => setHelp(false)} />
    </AppShell>
  );
}

function useShortcuts(onSearch: () => void, onHelp: () => void) {
  const navigate = useNavigate();
  const reader = useRef(new KeyReader());
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      const typing = !!target?.closest('input, textarea, select, [contenteditable], [role=dialog]');
      if (event.altKey) return;
      const action = reader.current.read({ key: event.key, control: event.ctrlKey || event.metaKey, typing }, performance.now());
      if (!action) return;
      event.preventDefault();
      if (action.kind === 'go') void navigate(action.path);
      if (action.kind === 'search') onSearch();
      if (action.kind === 'help') onHelp();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });
}

function Places({ session }: { session: Session }) {
  const { t } = useTranslation();
  const current = placeOf(useLocation().pathname);
  return kGroups.map((group) => {
    const places = kPlaces.filter((place) => place.group === group && may(session, place.scope));
    if (places.length === 0) return null;
    return (
      <div key={group} style={{ marginBottom: 10 }}>
        <Text size="xs" c="dimmed" fw={560} px={10} py={4}>{t(`group.${group}`)}</Text>
        {places.map((place) => {
          const Icon = kIcons[place.key];
          return (
            <NavLink key={place.key} component={Link} to={place.path} label={t(`place.${place.key}`)} active={current === place}
              leftSection={<Icon size={16} stroke={1.7} />} py={6} px={10} style={{ borderRadius: 5 }} color="line"
              {...(current === place ? { 'aria-current': 'page' as const } : {})} />
          );
        })}
      </div>
    );
  });
}

function LanguageMenu() {
  const { t, i18n } = useTranslation();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Tooltip label={t('frame.language')}>
          <ActionIcon variant="subtle" color="gray" aria-label={t('frame.language')}><IconLanguage size={18} /></ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(kLanguages) as Language[]).map((language) => (
          <Menu.Item key={language} lang={language} fw={i18n.language === language ? 650 : 400} onClick={() => void setLanguage(language)}>
            {kLanguages[language]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function ThemeMenu() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Tooltip label={t('frame.theme')}>
          <ActionIcon variant="subtle" color="gray" aria-label={t('frame.theme')}><IconBrightness size={18} /></ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {(['light', 'dark', 'auto'] as const).map((scheme) => (
          <Menu.Item key={scheme} fw={colorScheme === scheme ? 650 : 400} onClick={() => setColorScheme(scheme)}>
            {t(`theme.${scheme}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function AccountMenu({ session, onHelp }: { session: Session; onHelp: () => void }) {
  const { t } = useTranslation();
  const signOut = useSignOut();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t('frame.account', { name: session.name })}><IconUserCircle size={19} /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{session.name} · {session.scopes.join(' ')}</Menu.Label>
        <Menu.Item onClick={onHelp} rightSection={<Kbd size="xs">?</Kbd>}>{t('frame.shortcuts')}</Menu.Item>
        <Menu.Item onClick={() => signOut.mutate()}>{t('frame.sign_out')}</Menu.Item>
        <Menu.Label>{t('frame.version', { version: session.installation.version })}</Menu.Label>
      </Menu.Dropdown>
    </Menu>
  );
}
