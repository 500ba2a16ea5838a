// Mantine's menus. Their library is loaded after the page: when it is idle, or when a menu is opened.
import type * as mantine from '@mantine/core';
import {
  cloneElement,
  createContext,
  type ReactElement,
  type Ref,
  type RefObject,
  useContext,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { useLate } from './late.ts';
import { layers } from './layers.ts';
import styles from './menu.module.css';

type Target = ReactElement<{
  ref?: Ref<HTMLElement>;
  onClick?: () => void;
  'aria-haspopup'?: string;
  'aria-expanded'?: boolean;
}>;

interface MenuState {
  /** Opens the menu when its library is loaded. */
  readonly want: () => void;
  /** Whether the button had the focus when the library replaced it. */
  readonly hadFocus: RefObject<boolean>;
}

const MenuContext = createContext<MenuState>({ want: () => undefined, hadFocus: { current: false } });

function LazyMenu(props: mantine.MenuProps) {
  const [isWanted, setWanted] = useState(false);
  const loaded = useLate(layers, isWanted, () => setWanted(false));
  const hadFocus = useRef(false);
  return (
    <MenuContext value={{ want: () => setWanted(true), hadFocus }}>
      {loaded === undefined ? props.children : <loaded.Menu defaultOpened={isWanted} {...props} />}
    </MenuContext>
  );
}

function Target({ children }: { readonly children: Target }) {
  const { want, hadFocus } = useContext(MenuContext);
  const button = useRef<HTMLElement>(null);
  const loaded = layers.peek();
  useLayoutEffect(() => {
    const own = button.current;
    if (hadFocus.current) own?.focus();
    hadFocus.current = false;
    return () => {
      hadFocus.current = own !== null && own === document.activeElement;
    };
  }, [hadFocus]);
  if (loaded !== undefined) return <loaded.Menu.Target>{cloneElement(children, { ref: button })}</loaded.Menu.Target>;
  return cloneElement(children, { ref: button, onClick: want, 'aria-haspopup': 'menu', 'aria-expanded': false });
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

/** An item that ends or deletes something. */
function DangerousItem(props: mantine.MenuItemProps & { readonly onClick: () => void }) {
  return <Item {...props} className={styles.dangerous} />;
}

export const Menu = Object.assign(LazyMenu, { Target, Dropdown, Divider, Label, Item, DangerousItem });
