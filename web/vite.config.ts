// Builds the SPA into dist/, which the server embeds. While developing, `/api` is answered by the
// mock in mock/, or by a real server when NOVA_VE_URL names one.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** The policy that the server sends with the page: what breaks under it has to break here first. */
const CSP =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'";

/** The icons lie in the page itself, so that `<use href="#i-…">` needs no request. */
function iconSprite(): Plugin {
  const file = fileURLToPath(new URL("./src/ui/icons.svg", import.meta.url));
  return {
    name: "icon-sprite",
    transformIndexHtml: (html) => html.replace("<!-- icons -->", readFileSync(file, "utf8")),
  };
}

const real = process.env.NOVA_VE_URL;

/** Vite stands before the real server; it must look like a page of that server's own. */
const proxy = real ? { "/api": { target: real, ws: true, changeOrigin: true, headers: { origin: real } } } : undefined;

/** Loaded only to serve: a build needs none of it. */
async function mock(): Promise<Plugin> {
  const { mockServer } = await import("./mock/plugin.ts");
  return mockServer();
}

export default defineConfig(async ({ command, isPreview }) => ({
  plugins: [react(), iconSprite(), ...(!real && (command === "serve" || isPreview) ? [await mock()] : [])],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: { assetsInlineLimit: 0, target: "es2022", chunkSizeWarningLimit: 900 },
  preview: { headers: { "Content-Security-Policy": CSP }, ...(proxy ? { proxy } : {}) },
  server: proxy ? { proxy } : {},
}));
