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
  const faults = [];
  if (shots) mkdirSync(shots, { recursive: true });
  const counter = { n: 0 };
  const open = async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: "light" });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    watch(page, origin, faults);
    return { page, shot: picturesInto(page, shots, counter) };
  };
  return { browser, faults, open };
}

/** What must not happen in any window. */
function watch(page, origin, faults) {
  page.on("pageerror", (error) => faults.push(`the page threw: ${error.stack ?? error.message}`));
  page.on("console", (message) => {
    // Refusals that the stories want are answered with these, and a lab that is gone with 404; Chromium says so.
    const expected = /status of (401|403|404|409|422)/.test(message.text());
    if (message.type() === "error" && !expected) faults.push(`the page complained: ${message.text()}`);
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.host !== new URL(origin).host) faults.push(`the page asked a stranger: ${url}`);
  });
}

/** One picture in each theme. */
function picturesInto(page, shots, counter) {
  return async (name) => {
    if (!shots) return;
    counter.n += 1;
    for (const theme of ["light", "dark"]) {
      await wear(page, theme);
      await page.screenshot({ path: `${shots}/${String(counter.n).padStart(2, "0")}-${name}-${theme}.png` });
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
