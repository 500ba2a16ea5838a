// Calls with the new secret, to paste. They are masked until they have the pointer or the focus.
import { Tabs } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Environment } from '../../../api/config.ts';
import { CodeBlock } from '../../../ui/code-block.tsx';
import { useApiScope } from '../../scope.ts';
import { snippetKinds, snippetNames, writeSnippet } from './snippets.ts';

interface SnippetTabsProps {
  readonly environment: Environment;
  readonly secret: string;
  readonly masked: string;
  readonly onCopied: () => void;
}

export function SnippetTabs({ environment, secret, masked, onCopied }: SnippetTabsProps) {
  const { t } = useTranslation('keys');
  const { api } = useApiScope();
  const [isNear, setNear] = useState(false);
  const near = { onMouseEnter: () => setNear(true), onMouseLeave: () => setNear(false) };
  return (
    <Tabs defaultValue="curl" keepMounted={false}>
      <Tabs.List aria-label={t('reveal.snippets')} mb="xs">
        {snippetKinds.map((kind) => (
          <Tabs.Tab key={kind} value={kind}>
            <bdi dir="ltr">{snippetNames[kind]}</bdi>
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {snippetKinds.map((kind) => {
        const code = writeSnippet(kind, api, environment, secret);
        const shown = isNear ? code : writeSnippet(kind, api, environment, masked);
        return (
          <Tabs.Panel
            key={kind}
            value={kind}
            {...near}
            onFocus={() => setNear(true)}
            onBlur={() => setNear(false)}
            onCopy={onCopied}
            data-snippet={kind}
          >
            <CodeBlock code={code} shown={shown} label={snippetNames[kind]} onCopied={onCopied} />
          </Tabs.Panel>
        );
      })}
    </Tabs>
  );
}
