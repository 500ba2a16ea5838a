// The list before the first key: a button, and a sample call.
import { Anchor, Stack } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { writeSnippet } from '../../../entities/keys/reveal/snippets.ts';
import { useWords } from '../../../entities/keys/words.ts';
import { useApiScope } from '../../../entities/scope.ts';
import { useLanguage } from '../../../i18n/use-language.ts';
import { CodeBlock } from '../../../ui/code-block.tsx';
import { EmptyState } from '../../../ui/states.tsx';
import classes from './empty-keys.module.css';

export function EmptyKeys({ action }: { readonly action: ReactNode }) {
  const { t } = useTranslation('keys');
  const language = useLanguage();
  const { api, environment } = useApiScope();
  const words = useWords();
  const example = `${api.keyFormat.prefixes[environment] ?? ''}your_key_here`;
  return (
    <EmptyState
      icon={IconKey}
      title={environment === 'test' ? t('empty.testTitle') : t('empty.title')}
      text={t('empty.text', { api: api.name[language] })}
      action={
        <Stack gap="lg" align="center" className={classes.rest}>
          {action}
          <div className={classes.code}>
            <CodeBlock code={writeSnippet('curl', api, environment, example)} label="curl" />
          </div>
          {words.schemeNote !== undefined && <p className={classes.note}>{words.schemeNote}</p>}
          {api.docs !== null && (
            <Anchor href={api.docs} target="_blank" rel="noreferrer">
              {t('empty.docs')}
            </Anchor>
          )}
        </Stack>
      }
    />
  );
}
