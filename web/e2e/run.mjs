// The browser test. It drives the server that NOVA_VE_URL, NOVA_VE_USER and NOVA_VE_PASSWORD name;
// without them the mock, on the built SPA (npm run build first). NOVA_VE_SHOTS: a folder for pictures.
import { existsSync } from "node:fs";
import { openBrowser } from "./browser.mjs";
import { drift } from "./drift.mjs";
import { guacamole } from "./guacamole.mjs";
import { images } from "./images.mjs";
import { newer } from "./newer.mjs";
import { people } from "./people.mjs";
import { story } from "./story.mjs";

const chromium = process.env.CHROMIUM ?? "/usr/bin/chromium";
if (!existsSync(chromium)) {
  console.error(`SKIP browser_story: there is no Chromium at ${chromium}`);
  process.exit(0);
}

async function target() {
  const { NOVA_VE_URL: url, NOVA_VE_USER: user = "admin", NOVA_VE_PASSWORD: password = "admin" } = process.env;
  if (url) return { url, user, password, close: async () => {} };
  const { preview } = await import("vite");
  const server = await preview({ preview: { port: 0 } });
  const { port } = server.httpServer.address();
  return { url: `http://localhost:${port}`, user, password, close: () => server.close() };
}

const { close, ...where } = await target();
const { browser, faults, open } = await openBrowser({ origin: where.url, shots: process.env.NOVA_VE_SHOTS });
const { page, shot } = await open();
let failed = false;
try {
  const say = (words) => console.log(`ok   ${words}`);
  await story({ page, shot, ...where, say });
  await drift({ page, shot, say });
  await guacamole({ page, shot, say });
  await images({ page, shot, ...where, say, mock: !process.env.NOVA_VE_URL });
  await newer({ open, ...where, say });
  // The mock knows one person.
  if (process.env.NOVA_VE_URL) await people({ page, shot, open, ...where, say });
} catch (error) {
  failed = true;
  console.error(`FAIL ${error.stack}`);
  if (process.env.NOVA_VE_SHOTS) await page.screenshot({ path: `${process.env.NOVA_VE_SHOTS}/99-failed.png` });
}
for (const fault of faults) console.error(`FAIL ${fault}`);
await browser.close();
await close();
process.exit(failed || faults.length > 0 ? 1 : 0);
