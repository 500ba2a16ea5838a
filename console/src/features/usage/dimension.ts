// What a dimension of the breakdown is. `dimensions.tsx` lists them.
import type { FC } from 'react';
import type { StatusClass, UsageSum } from '../../entities/usage/series.ts';
import type { DimensionId } from './usage-search.ts';

/** A row: a sum, of which only one status class may be meant. */
export type UsageRow = Omit<UsageSum, 'statusClass'> & { readonly statusClass?: StatusClass };

export interface Dimension {
  readonly id: DimensionId;
  /** Its groups of the API. */
  readonly groups: readonly string[];
  /** Whether its groups are many, so that the largest are shown. The others are few, and are shown with their shares. */
  readonly hasMany: boolean;
  readonly Cell: FC<{ readonly row: UsageRow }>;
  /** Its columns in files. */
  readonly columns: Readonly<Record<string, (sum: UsageSum) => string>>;
  /** What else files are grouped by. */
  readonly withinFiles: readonly string[];
  /** Set: its sums are only of requests and refused ones, for all outcomes, without the period before. */
  readonly hasFewNumbers?: true;
  /** Splits the sums into rows. Default: each is one. */
  readonly split?: (sums: readonly UsageSum[]) => readonly UsageRow[];
}
