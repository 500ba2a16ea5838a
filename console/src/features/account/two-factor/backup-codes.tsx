// The backup codes, shown once.
import { Button, Checkbox, Group, Stack, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../../ui/copy-button.tsx';
import { download } from '../../../ui/download.ts';
import { Ltr } from '../../../ui/ltr.tsx';
import classes from '../account.module.css';

export function BackupCodes({ codes, onDone }: { readonly codes: readonly string[]; readonly onDone: () => void }) {
  const { t } = useTranslation(['account', 'common']);
  const [isKept, setKept] = useState(false);
  const file = `${codes.join('\n')}\n`;
  const text = useRef<HTMLParagraphElement>(null);
  // The previous step had the focus, and is gone.
  useEffect(() => text.current?.focus(), []);
  return (
    <Stack gap="md">
      <Text ref={text} tabIndex={-1} className={classes.read}>
        {t('backupCodes.text')}
      </Text>
      <ul className={classes.codes} aria-label={t('backupCodes.title')}>
        {codes.map((code) => (
          <li key={code}>
            <Ltr mono>{code}</Ltr>
          </li>
        ))}
      </ul>
      <Group gap="xs">
        <CopyButton kind="button" variant="default" text={file} label={t('backupCodes.copy')} />
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          onClick={() => download('miftah-backup-codes.txt', 'text/plain', file)}
        >
          {t('backupCodes.download')}
        </Button>
      </Group>
      <Checkbox
        label={t('backupCodes.kept')}
        checked={isKept}
        onChange={(event) => setKept(event.currentTarget.checked)}
      />
      <Group justify="flex-end">
        <Button disabled={!isKept} onClick={onDone}>
          {t('backupCodes.done')}
        </Button>
      </Group>
    </Stack>
  );
}
