// Chromium with what the story needs: pictures, deadlines, and a list of what must not happen.
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export async function openBrowser({ origin, shots }) {
  const root = process.getuid?.() === 0;
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [...FLAGS, ...(root ? ["--no-sandbox"] : [])],
  });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: "light" });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const faults = [];
  page.on("pageerror", (error) => faults.push(`the page threw: ${error.stack ?? error.message}`));
  page.on("console", (message) => {
    // A stranger's first look and a wrong password are answered with 401; Chromium says so.
    const expected = /status of 401/.test(message.text());
    if (message.type() === "error" && !expected) faults.push(`the page complained: ${message.text()}`);
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.host !== new URL(origin).host) faults.push(`the page asked a stranger: ${url}`);
  });
  if (shots) mkdirSync(shots, { recursive: true });
  return { browser, page, faults, shot: picturesInto(page, shots) };
}

/** One picture in each theme. */
function picturesInto(page, shots) {
  let n = 0;
  return async (name) => {
    if (!shots) return;
    n += 1;
    for (const theme of ["light", "dark"]) {
      await wear(page, theme);
      await page.screenshot({ path: `${shots}/${String(n).padStart(2, "0")}-${name}-${theme}.png` });
    }
    await wear(page, "light");
  };
}

/** Puts a theme on without a click, so that menus and dialogs stay as they are. */
async function wear(page, theme) {
  await page.evaluate((name) => {
    document.documentElement.dataset.theme = name;
    document.documentElement.setAttribute("data-mantine-color-scheme", name);
  }, theme);
  await page.waitForTimeout(120);
}

/** Asks again and again until `check` holds; says what was seen last when it never does. */
export async function until(what, check, { deadline_s = 30 } = {}) {
  const end = Date.now() + deadline_s * 1000;
  let seen;
  while (Date.now() < end) {
    seen = await check();
    if (seen === true) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what}: not within ${deadline_s} s; seen last: ${JSON.stringify(seen)}`);
}
