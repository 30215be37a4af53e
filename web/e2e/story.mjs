// What a new person does: signs in, opens the demo lab, watches it start, pings across it, cuts a link.
import { until } from "./browser.mjs";

const NODES = 5;
const FAR = "10.0.2.10";

export async function story({ page, shot, url, user, password, say }) {
  await signIn({ page, shot, url, user, password });
  say("signed in; a wrong password was refused in words");
  const words = await openDemo({ page, shot });
  say(`the demo lab started; r1 was seen ${words.join(", ")}`);
  await pingAcross({ page, shot });
  say(`a console on h1 pings ${FAR}`);
  await cutAndHeal({ page, shot });
  say("a link was cut and healed while the ping went on");
  await reload({ page, shot });
  say("after a reload the console is there, with what it printed before");
  await edit({ page, shot });
  say("a node was placed, linked, moved, and all of it undone");
  await lookAround({ page, shot });
  say("command palette, menu, shortcuts and narrow window drawn");
  await stopAndDelete({ page, shot });
  say("the lab was stopped and deleted");
}

async function signIn({ page, shot, url, user, password }) {
  await page.goto(url);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await shot("login");
  await page.getByLabel("Name").fill(user);
  await page.getByLabel("Password", { exact: true }).fill(`${password} not`);
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  await shot("login-refused");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "New lab" }).waitFor();
}

const card = (page, name) => page.locator(`.react-flow__node[aria-label^="${name},"]`);

async function openDemo({ page, shot }) {
  await page.getByRole("button", { name: "Sample labs" }).click();
  const sample = page.getByRole("article", { name: "Sample: OSPF triangle" });
  await sample.waitFor();
  await shot("samples");
  await watch(page, "r1");
  await sample.getByRole("button", { name: "Open and start" }).click();
  await card(page, "r1").waitFor();
  await allRun(page);
  // A quick machine has started the lab before the canvas is drawn: then r1 starts once more.
  if (!(await changed(page))) {
    await card(page, "r1").click({ button: "right" });
    await page.getByRole("menuitem", { name: "Restart" }).click();
    await until("r1 is seen to start", async () => (await changed(page)) || (await seen(page)).join(", "));
    await shot("starting");
    await allRun(page);
  }
  await shot("started");
  return seen(page);
}

const allRun = (page) =>
  until(
    `${NODES} nodes run`,
    async () => {
      const pill = await page.locator(".runpill").innerText();
      return pill === `${NODES} of ${NODES} running` || pill;
    },
    { deadline_s: 120 },
  );

/** Every state of the node that the canvas draws from now on, however short. */
const watch = (page, name) =>
  page.evaluate((name) => {
    const words = [];
    window.statesSeen = words;
    const look = () => {
      const card = document.querySelector(`.react-flow__node[aria-label^="${name},"]`);
      const word = card?.getAttribute("aria-label").split(", ")[1];
      if (word && words.at(-1) !== word) words.push(word);
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-label"] });
  }, name);
const seen = (page) => page.evaluate(() => window.statesSeen);
const changed = async (page) => (await seen(page)).some((word) => ["waiting", "starting", "booting"].includes(word));

const screen = (page) => page.locator(".pane:not([hidden]) .xterm-rows").innerText();
const replies = async (page) => Math.max(0, ...[...(await screen(page)).replaceAll("\u00a0", " ").matchAll(/bytes from [\d.]+: icmp_seq=(\d+)/g)].map((m) => Number(m[1])));

async function pingAcross({ page, shot }) {
  await card(page, "h1").dblclick();
  await page.locator(".pane:not([hidden]) .xterm").waitFor();
  await until("the console is connected", async () => (await page.locator(".pane:not([hidden]) header").innerText()).includes("Connected"));
  await until("a prompt shows", async () => (await screen(page)).trim() !== "");
  await page.keyboard.type(`ping ${FAR}\r`);
  await until("replies come back", async () => (await replies(page)) >= 3 || (await screen(page)), { deadline_s: 90 });
  await shot("console-ping");
}

async function run(page, words) {
  await page.getByRole("button", { name: "Search or run a command" }).click();
  await page.getByRole("combobox").fill(words);
  await page.keyboard.press("Enter");
}

async function cutAndHeal({ page, shot }) {
  await run(page, "cut link r1 eth0");
  const badge = page.getByRole("button", { name: "Heal link" });
  await badge.waitFor();
  const before = await replies(page);
  await until("the ping takes the other way", async () => (await replies(page)) > before + 1 || (await screen(page)), { deadline_s: 60 });
  await shot("cut");
  await badge.click();
  await badge.waitFor({ state: "detached" });
}

async function reload({ page, shot }) {
  const before = await replies(page);
  await page.reload();
  await card(page, "r1").waitFor();
  await until("the scrollback is back", async () => (await replies(page)) >= before || (await screen(page)));
  await page.locator(".pane:not([hidden]) .xterm").click();
  await page.keyboard.press("Control+c");
  await shot("reloaded");
}

async function edit({ page, shot }) {
  const cards = page.locator(".react-flow__node");
  const before = await cards.count();
  await page.getByRole("button", { name: "Place Host" }).click();
  await until("a node more", async () => (await cards.count()) === before + 1);
  const placed = page.locator(".react-flow__node.selected");
  await placed.waitFor();
  const name = ((await placed.getAttribute("aria-label")) ?? "").split(",")[0];
  await page.keyboard.press("w");
  await card(page, "r3").click();
  await until("it is linked", async () => /, 1 link/.test((await card(page, name).getAttribute("aria-label")) ?? "") || (await card(page, name).getAttribute("aria-label")));
  const from = await card(page, name).boundingBox();
  await page.mouse.move(from.x + 40, from.y + 30);
  await page.mouse.down();
  await page.mouse.move(from.x - 160, from.y + 60, { steps: 6 });
  await page.mouse.up();
  await until("it has moved", async () => Math.abs((await card(page, name).boundingBox()).x - from.x) > 100);
  await until("it is saved", async () => (await page.locator(".saved").innerText()) === "Saved");
  await shot("edited");
  await page.locator(".sheet").focus();
  for (let i = 0; i < 3; i += 1) {
    await page.keyboard.press("Control+z");
    await until("an undo is saved", async () => (await page.locator(".saved").innerText()) === "Saved");
    await page.waitForTimeout(300);
  }
  await until("all of it is undone", async () => (await cards.count()) === before || (await cards.count()));
}

async function lookAround({ page, shot }) {
  await card(page, "r1").click({ button: "right" });
  await page.getByRole("menuitem", { name: "Restart" }).waitFor();
  await shot("menu");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Search or run a command" }).click();
  await page.getByRole("combobox").fill("r");
  await shot("commands");
  await page.keyboard.press("Escape");
  await page.locator(".sheet").focus();
  await page.keyboard.press("?");
  await page.getByRole("heading", { name: "Shortcuts" }).waitFor();
  await shot("shortcuts");
  await page.keyboard.press("Escape");
  await page.setViewportSize({ width: 1024, height: 768 });
  await shot("narrow");
  await page.setViewportSize({ width: 1440, height: 900 });
}

async function stopAndDelete({ page, shot }) {
  await page.getByRole("button", { name: "Stop lab" }).click();
  await page.getByRole("alertdialog").waitFor();
  await shot("stop-question");
  await page.getByRole("alertdialog").getByRole("button", { name: "Stop lab" }).click();
  const pill = page.locator(".runpill");
  await until("all nodes stop", async () => (await pill.innerText()) === `0 of ${NODES} running` || (await pill.innerText()), { deadline_s: 60 });
  await page.getByRole("link", { name: "All labs" }).first().click();
  await page.locator("article.lab").first().waitFor();
  await shot("labs");
  const lab = page.getByRole("article", { name: /^OSPF triangle/ }).first();
  await lab.hover();
  await lab.getByRole("button", { name: /^More for/ }).click();
  await page.getByRole("menuitem", { name: "Delete lab" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("Lab deleted").waitFor();
}
