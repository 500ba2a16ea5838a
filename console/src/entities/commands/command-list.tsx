// The commands in the menu: command lines for the operator, and API calls for everyone who may open the page.
import { Menu, Text } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { sessionQuery } from '../../api/session.ts';
import { announce } from '../../ui/announcer.tsx';
import { copyText } from '../../ui/copy-text.ts';
import { sayDone, sayFault } from '../../ui/done-toast.tsx';
import classes from './commands.module.css';
import { type Command, type Subject, writeCommands } from './commands.ts';

export function CommandList({ subject }: { readonly subject: Subject }) {
  const { t } = useTranslation('commands');
  const { data: session } = useSuspenseQuery(sessionQuery);
  const { cli, curl } = writeCommands(subject, location.origin);
  const hasCli = session.person.isOperator && cli.length > 0;
  return (
    <>
      {hasCli && <Group title={t('cli')} commands={cli} />}
      {hasCli && <Menu.Divider />}
      <Group title={t('curl')} commands={curl} />
    </>
  );
}

function Group({ title, commands }: { readonly title: string; readonly commands: readonly Command[] }) {
  const { t } = useTranslation(['commands', 'common']);
  return (
    <>
      <Menu.Label>{title}</Menu.Label>
      {commands.map(({ name, text }) => (
        <Menu.Item key={name} onClick={() => void copy(text)}>
          <Text size="sm" fw={500}>
            {t(`commands:names.${name}`)}
          </Text>
          <bdi dir="ltr" translate="no" className={classes.command}>
            {text}
          </bdi>
        </Menu.Item>
      ))}
    </>
  );

  async function copy(text: string): Promise<void> {
    if (!(await copyText(text))) {
      sayFault(t('common:actions.copyFailed'));
      return;
    }
    announce(t('common:actions.copied'));
    sayDone(t('commands:copied'));
  }
}
