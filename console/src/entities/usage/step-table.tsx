// The chart's numbers as a table, newest first.
import { Button, ScrollArea, Table } from '@mantine/core';
import { IconTable } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../../ui/formats.ts';
import { outcomeGroups, type Step, totalOf } from './series.ts';
import type { Span } from './span.ts';
import { useStepLabels } from './step-labels.ts';
import classes from './usage.module.css';

interface StepTableProps {
  readonly steps: readonly Step[];
  readonly span: Pick<Span, 'step' | 'zone'>;
}

export function StepTable({ steps, span }: StepTableProps) {
  const { t } = useTranslation('usage');
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <>
      <Button
        variant="subtle"
        size="compact-sm"
        mt="sm"
        // Aligns the label with the text around it. The padding only enlarges the target.
        ms={-5}
        leftSection={<IconTable size={15} stroke={1.7} aria-hidden />}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        {isOpen ? t('chart.hideTable') : t('chart.showTable')}
      </Button>
      <div id={id} hidden={!isOpen}>
        {isOpen && <Steps steps={steps} span={span} />}
      </div>
    </>
  );
}

function Steps({ steps, span }: StepTableProps) {
  const { t } = useTranslation('usage');
  const formats = useFormats();
  const labels = useStepLabels(span);
  return (
    <ScrollArea.Autosize
      mah={420}
      mt="sm"
      type="auto"
      viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': t('chart.title') }}
    >
      <Table className={classes.numbers} stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t(`chart.${span.step}`)}</Table.Th>
            {outcomeGroups.map((group) => (
              <Table.Th key={group} scope="col" className={classes.number}>
                {t(`outcomes.${group}`)}
              </Table.Th>
            ))}
            <Table.Th scope="col" className={classes.number}>
              {t('chart.total')}
            </Table.Th>
            <Table.Th scope="col" className={classes.number}>
              {t('billed')}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {steps.toReversed().map((each) => (
            <Table.Tr key={each.atMs}>
              <Table.Th scope="row" className={classes.step}>
                {labels.long(each.atMs)}
              </Table.Th>
              {outcomeGroups.map((group) => (
                <Table.Td key={group} className={classes.number} data-none={each[group] === 0 || undefined}>
                  {formats.number(each[group])}
                </Table.Td>
              ))}
              <Table.Td className={classes.number}>{formats.number(totalOf(each))}</Table.Td>
              <Table.Td className={classes.number} data-none={each.billed === 0 || undefined}>
                {formats.number(each.billed)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea.Autosize>
  );
}
