/**
 * The page as static files. Everything comes from here, nothing inline: the agent's Content-Security-Policy allows no
 * script or style inside the markup. While somebody works on it, `npx vite packages/console` shows each change at once
 * upon the API of a running `npm start` (with `--base-port`: MERIDIAN_BASE_PORT).
 */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const api = `http://127.0.0.1:${process.env["MERIDIAN_BASE_PORT"] ?? "7000"}`;

export default defineConfig({
  plugins: [react()],
  // Not from another site: what the API sees is one page at one address.
  server: { proxy: { "/api": { target: api, changeOrigin: false } } },
  build: {
    outDir: "dist/page",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
