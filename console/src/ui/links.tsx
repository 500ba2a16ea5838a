// Mantine's anchor, button and menu item as links of the router, which checks their targets.
import { Anchor, type AnchorProps, Button, type ButtonProps, type MenuItemProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentProps } from 'react';
import { Menu } from './menu.tsx';

/** The props of a component with `Props` that renders an `a` element. */
type AsAnchor<Props> = Props & Omit<ComponentProps<'a'>, keyof Props>;

export const AnchorLink = createLink((props: AsAnchor<AnchorProps>) => <Anchor {...props} />);

export const ButtonLink = createLink((props: AsAnchor<ButtonProps>) => <Button component="a" {...props} />);

/** Inside a `Menu` only. */
export const MenuItemLink = createLink((props: AsAnchor<MenuItemProps>) => <Menu.Item component="a" {...props} />);
