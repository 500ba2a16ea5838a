// Starts the console: loads the words, then renders the pages.
import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import './app/global.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { startWords } from './i18n/i18n.ts';
import { readLanguage } from './i18n/preferences.ts';

await startWords(readLanguage());
createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
