// The initials of a person, beside the name.
import classes from './person-picture.module.css';

export function PersonPicture({ name }: { readonly name: string }) {
  return <span className={classes.picture} data-initials={initialsOf(name)} />;
}

/** The first letters of the first and the last word. */
function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? '')][0] ?? '');
  return letters.join('\u200c').toUpperCase();
}
