// The mark and the name of the product that this console is for.
import { useComputedColorScheme } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { configQuery } from '../api/config.ts';
import { useLanguage } from '../i18n/use-language.ts';
import classes from './brand.module.css';

export function useProductName(): string {
  const language = useLanguage();
  const { data } = useSuspenseQuery(configQuery);
  return data.product[language];
}

export function Brand() {
  const { logo } = useSuspenseQuery(configQuery).data;
  const theme = useComputedColorScheme();
  return (
    <span className={classes.brand}>
      {logo === null ? <Mark /> : <img src={logo[theme]} alt="" className={classes.logo} />}
      <span>{useProductName()}</span>
    </span>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true" className={classes.mark}>
      <rect width="32" height="32" rx="8" />
      <circle cx="11.5" cy="16" r="4.5" />
      <path d="M16 16h9.5M22 16v4.2M25.5 16v3" />
    </svg>
  );
}
