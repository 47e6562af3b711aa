import { defineConfig } from 'vite';

// `npm run dev` speaks to the server DURE_SERVER as whoever has DURE_TOKEN.
const target = process.env.DURE_SERVER ?? 'http://127.0.0.1:8470';
const token = process.env.DURE_TOKEN;
const server = { target, ...(token ? { headers: { authorization: `Bearer ${token}` } } : {}) };

export default defineConfig({
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    target: 'es2022',
    outDir: process.env.PORTAL_OUT ?? 'dist',
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // what is inlined would need a weaker policy
    rollupOptions: {
      output: {
        // A page's chunk has the name of its folder.
        chunkFileNames: (chunk) => `assets/${/pages\/(\w+)\/page/.exec(chunk.facadeModuleId ?? '')?.[1] ?? '[name]'}-[hash].js`,
      },
    },
  },
  worker: { format: 'es' },
  server: { proxy: { '/v1': server, '/openapi.json': server } },
});
