import { Button, FileButton, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { messageOf } from '../../data/errors';
import { useFormat } from '../../ui/useFormat';
import { useResumeUpload, type Import } from './importsData';

/** Takes up an upload that was broken off, after the same file was chosen again. */
export function ResumeButton({ one }: { one: Import }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [share, setShare] = useState(0);
  const resume = useResumeUpload(setShare);
  return (
    <>
      <FileButton onChange={(file) => file && resume.mutate({ one, file })}>
        {(props) => <Button {...props} size="compact-xs" variant="default" disabled={resume.isPending}>{resume.isPending ? format.percent(share) : t('import.resume')}</Button>}
      </FileButton>
      {resume.error && <Text size="xs" c="var(--mantine-color-error)" role="alert">{messageOf(resume.error)}</Text>}
    </>
  );
}
