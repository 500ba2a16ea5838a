// The button for the next page of a list.
import { Button } from '@mantine/core';

interface MorePagesProps {
  readonly list: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly fetchNextPage: () => unknown;
  };
  readonly label: string;
}

/** Renders nothing on the last page. */
export function MorePages({ list, label }: MorePagesProps) {
  if (!list.hasNextPage) return null;
  return (
    <Button
      variant="default"
      display="block"
      mx="auto"
      mt="md"
      loading={list.isFetchingNextPage}
      onClick={() => void list.fetchNextPage()}
    >
      {label}
    </Button>
  );
}
