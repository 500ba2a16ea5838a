// Where mail goes, and whether it arrives.
import { Paper } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Mail } from '../../entities/server/mail.tsx';
import { PageHeader } from '../../frame/page-header.tsx';

export function MailPage() {
  const { t } = useTranslation('operator');
  return (
    <>
      <PageHeader title={t('mail.title')} description={t('mail.description')} commands={{ page: 'mail' }} />
      <Paper p="lg" maw="46rem">
        <Mail />
      </Paper>
    </>
  );
}
