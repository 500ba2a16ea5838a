// What surrounds the pages: theme, direction, caches, router, toasts, live regions.
import { DirectionProvider, type MantineColorSchemeManager, MantineProvider, useDirection } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect } from 'react';
import { setSessionEnd } from '../api/client.ts';
import { FeaturesContext } from '../frame/feature.ts';
import { languages } from '../i18n/languages.ts';
import { readTheme, writeTheme } from '../i18n/preferences.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { Announcer } from '../ui/announcer.tsx';
import { pageId } from '../ui/dialog-focus.tsx';
import { isLoading, setBusy, useLate } from '../ui/late.ts';
import { LoadFaultNote } from '../ui/load-fault.tsx';
import { toasts } from '../ui/toasts.ts';
import { features } from './features.ts';
import { queryClient } from './query-client.ts';
import { router } from './router.tsx';
import { noticeSessionEnd, SessionEnd } from './session-end.tsx';
import { theme } from './theme.ts';

/** The page's Content-Security-Policy allows styles with this nonce. */
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
// react-remove-scroll, which dialogs use, reads the nonce here.
Object.assign(globalThis, { __webpack_nonce__: nonce });

const colorSchemeManager: MantineColorSchemeManager = {
  get: readTheme,
  set: writeTheme,
  subscribe: () => undefined,
  unsubscribe: () => undefined,
  clear: () => writeTheme('auto'),
};

setSessionEnd(noticeSessionEnd);

setBusy(() => isLoading() || queryClient.isFetching() > 0 || router.state.status === 'pending');

// A new page moves the focus to its heading, so that a screen reader begins there.
router.subscribe('onRendered', ({ pathChanged, fromLocation }) => {
  // Without the style sheet, the skeleton's note stays.
  document.querySelector('#skeleton:not([data-fault="style"])')?.remove();
  if (pathChanged && fromLocation !== undefined) {
    document.querySelector<HTMLElement>('[data-page-heading]')?.focus({ preventScroll: true });
  }
});

export function App() {
  return (
    <DirectionProvider>
      <MantineProvider
        theme={theme}
        colorSchemeManager={colorSchemeManager}
        defaultColorScheme="auto"
        getStyleNonce={() => nonce}
      >
        <DirectionOfLanguage />
        <QueryClientProvider client={queryClient}>
          <FeaturesContext value={features}>
            <div id={pageId}>
              <RouterProvider router={router} />
            </div>
            <SessionEnd />
          </FeaturesContext>
        </QueryClientProvider>
        <Toasts />
        <LoadFaultNote />
        <Announcer />
      </MantineProvider>
    </DirectionProvider>
  );
}

/** Toasts wait until their library is loaded. */
function Toasts() {
  const library = useLate(toasts);
  return library && <library.Notifications position="bottom-center" limit={3} containerWidth={420} />;
}

/** Mantine's components follow the direction of the language. */
function DirectionOfLanguage() {
  const { setDirection } = useDirection();
  const { direction } = languages[useLanguage()];
  useEffect(() => setDirection(direction), [direction, setDirection]);
  return null;
}
