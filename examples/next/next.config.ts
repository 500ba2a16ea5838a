import type { NextConfig } from 'next';

// Miftah starts threads from its own files, so Next.js must not bundle it.
const config: NextConfig = { serverExternalPackages: ['miftah'] };

export default config;
