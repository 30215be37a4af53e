// A console's button that opens it in Guacamole. Guacamole itself is not here: the mock answers an address and has a
// stand-in for its page; a server that is joined with none shows no button.
import { until } from "./browser.mjs";

export async function guacamole({ page, shot, say }) {
  if (process.env.NOVA_VE_URL) {
    const system = await page.evaluate(async () => (await fetch("/api/v1/system")).json());
    say(`guacamole: left out, the server says ${JSON.stringify({ guacamole: system.guacamole })}`);
    return;
  }
  await page.getByRole("article", { name: /^Metro WAN/ }).getByRole("link").first().click();
  const running = page.locator('.react-flow__node[aria-label*=", running"]').first();
  await running.dblclick();
  const button = page.locator(".pane:not([hidden]) header").getByRole("button", { name: "Open in Guacamole" });
  await button.waitFor();
  await shot("console-guacamole");

  const [tab] = await Promise.all([page.waitForEvent("popup"), button.click()]);
  await tab.getByRole("heading", { name: "This is not Guacamole" }).waitFor();
  const { hash, pathname } = new URL(tab.url());
  if (pathname !== "/html5/" || !hash.startsWith("#/client/")) throw new Error(`the tab is at ${tab.url()}`);
  if (await tab.evaluate(() => window.opener !== null)) throw new Error("the tab has an opener");
  await tab.close();
  say("a console opened in Guacamole's page, in a tab without an opener");

  const refusal = { type: "about:blank", status: 409, code: "not_running", title: "Node r1 does not run; start it first." };
  await page.route("**/guacamole", (route) => route.fulfill({ status: 409, contentType: "application/problem+json", body: JSON.stringify(refusal) }));
  const [refused] = await Promise.all([page.waitForEvent("popup"), button.click()]);
  await page.getByText(refusal.title).waitFor();
  await until("the tab is closed", () => refused.isClosed());
  say("a refusal was told in words, and its tab closed");

  await page.unroute("**/guacamole");
  await page.route("**/api/v1/system", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), guacamole: false } });
  });
  await page.reload();
  await page.locator(".pane:not([hidden]) header").getByText("Connected").waitFor();
  if ((await button.count()) !== 0) throw new Error("a server without Guacamole shows the button");
  await page.unroute("**/api/v1/system");
  say("a server that is joined with none shows no button");
  await page.getByRole("link", { name: "All labs" }).first().click();
}
