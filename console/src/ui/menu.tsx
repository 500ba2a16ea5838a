// Mantine's menus. Their library is loaded after the page: when it is idle, or when a menu is opened.
import type * as mantine from '@mantine/core';
import { cloneElement, createContext, type ReactElement, useContext, useState } from 'react';
import { useLate } from './late.ts';
import { layers } from './layers.ts';

type Element = ReactElement<{ onClick?: () => void; 'aria-haspopup'?: string; 'aria-expanded'?: boolean }>;

/** Opens the menu when its library is loaded. */
const WantContext = createContext<() => void>(() => undefined);

function LazyMenu(props: mantine.MenuProps) {
  const [isWanted, setWanted] = useState(false);
  const loaded = useLate(layers, isWanted, () => setWanted(false));
  if (loaded !== undefined) return <loaded.Menu defaultOpened={isWanted} {...props} />;
  return <WantContext value={() => setWanted(true)}>{props.children}</WantContext>;
}

function Target({ children }: { readonly children: Element }) {
  const want = useContext(WantContext);
  const loaded = layers.peek();
  if (loaded !== undefined) return <loaded.Menu.Target>{children}</loaded.Menu.Target>;
  return cloneElement(children, { onClick: want, 'aria-haspopup': 'menu', 'aria-expanded': false });
}

/** Renders nothing until the library is loaded. */
function Dropdown(props: mantine.MenuDropdownProps) {
  const loaded = layers.peek();
  return loaded !== undefined && <loaded.Menu.Dropdown {...props} />;
}

function Divider(props: mantine.MenuDividerProps) {
  const loaded = layers.peek();
  return loaded !== undefined && <loaded.Menu.Divider {...props} />;
}

function Label(props: mantine.MenuLabelProps) {
  const loaded = layers.peek();
  return loaded !== undefined && <loaded.Menu.Label {...props} />;
}

const Item = ((props: mantine.MenuItemProps) => {
  const loaded = layers.peek();
  return loaded !== undefined && <loaded.Menu.Item {...props} />;
}) as typeof mantine.Menu.Item;

export const Menu = Object.assign(LazyMenu, { Target, Dropdown, Divider, Label, Item });
