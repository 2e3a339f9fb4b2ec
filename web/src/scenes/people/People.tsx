import { Anchor, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { More } from '../../ui/Small';
import { Answer, Empty } from '../../ui/States';
import { isNationalNumber, usePeopleSearch } from './peopleData';
import { PeopleTable } from './PeopleTable';

/** Finds people by name or any identifier, as one types. */
export default function People() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const [text, setText] = useState(params.get('q') ?? '');
  const [words] = useDebouncedValue(text.trim(), 150);
  const people = usePeopleSearch(words);
  useEffect(() => setParams(words ? { q: words } : {}, { replace: true }), [words, setParams]);

  return (
    <Page title={t('place.people')} about={t('people.about')}>
      <TextInput size="sm" mb="sm" value={text} onChange={(event) => setText(event.currentTarget.value)} autoFocus type="search"
        leftSection={<IconSearch size={16} />} placeholder={t('people.search_hint')} aria-label={t('people.search')} />
      <Panel flush>
        <Answer of={people} rows={8}>
          {(data) => {
            const found = data.pages.flatMap((page) => page.items);
            if (found.length > 0) return <><PeopleTable people={found} label={t('place.people')} /><More of={people} /></>;
            return words ? <Empty title={t('people.none_found', { words })} hint={t(isNationalNumber(words) ? 'people.none_found_number' : 'people.none_found_hint')} />
              : <Empty title={t('people.none')} hint={t('people.none_hint')} action={<Anchor component={Link} to="/sources">{t('people.none_action')}</Anchor>} />;
          }}
        </Answer>
      </Panel>
    </Page>
  );
}
