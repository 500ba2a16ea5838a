// The first letters of somebody's name, as a sign beside it.
import { Avatar } from '@mantine/core';

export function PersonPicture({ name }: { readonly name: string }) {
  return (
    <Avatar size={36} radius="xl" color="accent" variant="light">
      {initialsOf(name)}
    </Avatar>
  );
}

/** Of the first and the last word. */
function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? '')][0] ?? '');
  return letters.join('\u200c').toUpperCase();
}
