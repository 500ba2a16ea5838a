// The search of the list: by name, by the last four characters, or by a secret, which stays in the browser.
import { CloseButton, Kbd, Pill, Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { KeyListQuery } from '../../../entities/keys/api/list-keys.ts';
import { useOrgScope } from '../../../entities/scope.ts';
import { useShortcut } from '../../../frame/shortcuts.ts';
import { hasShortcuts } from '../../../i18n/preferences.ts';
import { Ltr } from '../../../ui/ltr.tsx';
import { useSecretNotice } from '../../../ui/use-secret-notice.ts';
import { findBySecret, readTyped } from './pasted-key.ts';
import classes from './search-box.module.css';

/** A pasted secret: what is shown of it, and the query that finds its key. */
export interface Pasted {
  readonly masked: string;
  readonly query: KeyListQuery;
}

interface SearchBoxProps {
  /** From the address. */
  readonly q: string | undefined;
  readonly onSearch: (q: string | undefined) => void;
  readonly pasted: Pasted | undefined;
  readonly onPasted: (pasted: Pasted | undefined) => void;
}

const typingMs = 200;

export function SearchBox({ q, onSearch, pasted, onPasted }: SearchBoxProps) {
  const { t } = useTranslation('keys');
  const { config } = useOrgScope();
  const [typed, setTyped] = useState(q ?? '');
  const [part, setPart] = useState<{ length: number; wanted: number }>();
  const { notice, isSecret } = useSecretNotice();
  const [isForeign, setIsForeign] = useState(false);
  const box = useRef<HTMLInputElement>(null);
  const sent = useRef(q);
  useShortcut('/', () => box.current?.focus());

  // The address has changed: back, forward, or a removed filter.
  useEffect(() => {
    if (sent.current === q) return;
    sent.current = q;
    setTyped(q ?? '');
  }, [q]);

  useEffect(() => {
    const wanted = typed.trim() === '' ? undefined : typed.trim();
    if (part !== undefined || isForeign || wanted === sent.current) return undefined;
    const timer = setTimeout(() => {
      sent.current = wanted;
      onSearch(wanted);
    }, typingMs);
    return () => clearTimeout(timer);
  }, [typed, part, isForeign, onSearch]);

  async function change(text: string): Promise<void> {
    const read = readTyped(text, config.apis);
    setPart(read.kind === 'part' ? read : undefined);
    // A secret of another API, or one inside other text. It can't be looked up, and nothing is searched for.
    setIsForeign(read.kind === 'text' && isSecret(text));
    if (read.kind !== 'secret') {
      setTyped(text);
      if (pasted !== undefined) onPasted(undefined);
      return;
    }
    setTyped('');
    onPasted({ masked: read.masked, query: await findBySecret(read) });
  }

  const isFilled = typed !== '' || pasted !== undefined;
  return (
    <search className={classes.search}>
      <TextInput
        ref={box}
        classNames={{ input: classes.box }}
        aria-label={t('list.search')}
        placeholder={pasted === undefined ? t('list.searchHint') : ''}
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSectionWidth={isFilled ? 34 : 40}
        rightSection={
          isFilled ? (
            <CloseButton
              size="sm"
              aria-label={t('list.clearSearch')}
              onClick={() => {
                void change('');
                box.current?.focus();
              }}
            />
          ) : (
            hasShortcuts() && (
              <Kbd size="xs" aria-hidden className={classes.shortcut}>
                /
              </Kbd>
            )
          )
        }
        error={isForeign && notice}
        maxLength={500}
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={({ currentTarget }) => void change(currentTarget.value)}
      />
      {pasted !== undefined && (
        <Pill className={classes.pasted} withRemoveButton={false}>
          {t('list.pasted')} <Ltr mono>{pasted.masked}</Ltr>
        </Pill>
      )}
      <Text size="sm" c="var(--sandbox-text)" role="status" mt={part === undefined ? 0 : 4}>
        {part !== undefined && t('list.partOfKey', { length: part.length, wanted: part.wanted })}
      </Text>
    </search>
  );
}
