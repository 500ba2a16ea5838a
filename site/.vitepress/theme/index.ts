// The default theme in the colours of Miftah, with an Arabic font. Fonts are files of the site.
import '@fontsource/ibm-plex-sans-arabic/arabic-400.css';
import '@fontsource/ibm-plex-sans-arabic/arabic-600.css';
import DefaultTheme from 'vitepress/theme';
import './style.css';

export default DefaultTheme;
