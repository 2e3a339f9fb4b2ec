import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { segmentLibrary } from './segmentLibrary';

// `npm run dev` forwards the API to a running server; TL_URL names another one.
const server = process.env.TL_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), segmentLibrary()],
  build: {
    target: 'es2022',
    sourcemap: false,
    // ECharts is one lazy chunk of its own; nothing else comes near the limit.
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { '/api': server, '/v1': server } },
  test: { include: ['src/**/*.test.ts'] },
});
