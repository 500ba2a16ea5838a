// An icon that follows the direction of the text.
import type { Icon, IconProps } from '@tabler/icons-react';
import classes from './mirrored-icon.module.css';

export function MirroredIcon({ icon: Shown, ...props }: IconProps & { readonly icon: Icon }) {
  return <Shown aria-hidden className={classes.mirrored} {...props} />;
}
