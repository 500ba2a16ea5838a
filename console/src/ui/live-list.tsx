// A list that refreshes itself. It never moves under the pointer or the focus, and a button shows what is new.
import { Button } from '@mantine/core';
import { IconArrowUp } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { announce } from './announcer.tsx';
import { type HeldRow, useHeldRows } from './held-rows.ts';
import classes from './live-list.module.css';

interface LiveListProps<Each extends HeldRow> {
  /** As they are on the server, newest first. */
  readonly rows: readonly Each[];
  /** Names the page and its filters. Rows that come with another view are not announced. */
  readonly view: string;
  /** The button that shows new rows. */
  readonly newLabel: (count: number) => string;
  /** What screen readers announce when rows appear. */
  readonly announcement: (count: number) => string;
  readonly children: (rows: readonly Each[]) => ReactNode;
}

/** Mount it when the first rows are loaded. */
export function LiveList<Each extends HeldRow>(props: LiveListProps<Each>) {
  const { rows: fresh, view, newLabel, announcement, children } = props;
  const { rows, waiting, showAll, holders } = useHeldRows(fresh);
  useAnnouncedArrivals(
    rows.map(({ id }) => id),
    view,
    announcement,
  );
  return (
    <div {...holders}>
      <div className={classes.arrivals}>
        {waiting > 0 && (
          <Button
            size="compact-sm"
            radius="xl"
            leftSection={<IconArrowUp size={14} aria-hidden />}
            onClick={showAll}
            className={classes.waiting}
          >
            {newLabel(waiting)}
          </Button>
        )}
      </div>
      {children(rows)}
    </div>
  );
}

/** Announces rows that appear while the page is open. Another page or filter announces nothing. */
function useAnnouncedArrivals(
  ids: readonly string[],
  view: string,
  announcement: LiveListProps<HeldRow>['announcement'],
): void {
  const seen = useRef<{ view: string; ids: Set<string> }>(undefined);
  const joined = ids.join(' ');
  useEffect(() => {
    const now = joined === '' ? [] : joined.split(' ');
    const before = seen.current;
    seen.current = { view, ids: new Set(now) };
    if (before?.view !== view) return;
    const known = now.findIndex((id) => before.ids.has(id));
    const arrived = known < 0 ? (before.ids.size === 0 ? now.length : 0) : known;
    if (arrived > 0) announce(announcement(arrived));
  }, [joined, view, announcement]);
}
