// containerlab's files with their losses before anything is saved, and the images that labs need.
import { until } from "./browser.mjs";

const TOPOLOGY = `name: two-routers
topology:
  nodes:
    r1: {kind: linux, image: frr-ssh:latest, ports: ['2211:22']}
    r2: {kind: linux, image: $SECOND}
`;

export async function images({ page, shot, url, say, mock }) {
  await page.goto(url);
  await page.getByRole("button", { name: "New lab" }).waitFor();
  await refused({ page, shot });
  say("a file that is no lab is refused with its problems, and nothing is kept");
  await imports({ page, shot, mock });
  say("a containerlab file shows what the lab will not have, and what can be chosen, before it is saved");
  await imagesPage({ page, shot, url, mock });
  say(mock ? "images are listed, pulled, refused, removed" : "the images page lists what is there, or says why it cannot");
}

async function choose(page, name, text) {
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await (await chooser).setFiles({ name, mimeType: "text/yaml", buffer: Buffer.from(text) });
  return page.getByRole("dialog");
}

async function refused({ page, shot }) {
  const dialog = await choose(page, "odd.yml", "services: {}\n");
  await dialog.getByRole("alert").getByText("topology").first().waitFor();
  await shot("import-refused");
  await dialog.getByRole("button", { name: "Close" }).click();
}

async function imports({ page, shot, mock }) {
  const before = await countLabs(page);
  const dialog = await choose(page, "two.clab.yml", TOPOLOGY);
  await dialog.getByRole("heading", { name: "Import two.clab.yml" }).waitFor();
  // Without a value its image has no name, and the file is no lab yet.
  await dialog.getByLabel("Value of $SECOND").fill("nova-ve/host");
  await shot("import-values");
  const again = dialog.getByRole("button", { name: "Read it with these" });
  await again.click();
  await dialog.getByText("of the file that the lab will not have").waitFor();
  await dialog.getByText("2211:22").waitFor();
  if ((await countLabs(page)) !== before) throw new Error("a lab was kept before anybody said so");
  const other = dialog.getByLabel("Instead of frr-ssh:latest use");
  if (mock) await other.fill("nova-ve/frr");
  else await dialog.getByLabel("Value of $SECOND").fill("nova-ve/host:latest");
  const why = await dialog.getByRole("button", { name: "Import", exact: true }).getAttribute("aria-description");
  if (!/Read it/.test(why ?? "")) throw new Error("what was typed can be overlooked");
  await shot("import-report");
  await again.click();
  await until("it is read again", async () => (await dialog.getByRole("button", { name: "Import", exact: true }).getAttribute("aria-description")) === null);
  if (mock) {
    await until("the other image is here", async () => (await dialog.getByText("is not on this host").count()) === 0);
    await other.fill("");
    await again.click();
    await dialog.getByText("is not on this host").waitFor();
  }
  await dialog.getByLabel("Name of the lab").fill("Two that others wrote");
  await shot("import-ready");
  await dialog.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByText("Lab imported").waitFor();
  await page.locator(".topbar, header").getByText("Two that others wrote").first().waitFor();
  await until("both nodes are on the sheet", async () => (await page.getByText(/^r[12]$/).count()) >= 2);
  await shot("imported");
  if (mock) await pullFromLab(page);
}

async function pullFromLab(page) {
  const missing = page.getByText("frr-ssh:latest is not on this host.");
  await missing.waitFor();
  await page.getByRole("button", { name: "Pull", exact: true }).click();
  const dialog = page.getByRole("dialog");
  if ((await dialog.getByLabel("Name").inputValue()) !== "frr-ssh:latest") throw new Error("the missing image is not offered");
  await page.keyboard.press("Enter");
  await page.getByText("Image pulled").waitFor();
  await until("nothing is missing", async () => (await missing.count()) === 0);
}

async function countLabs(page) {
  return page.evaluate(async () => (await (await fetch("/api/v1/labs")).json()).items.length);
}

async function imagesPage({ page, shot, url, mock }) {
  await page.goto(`${url}/images`);
  if (!mock) {
    // The server of this run may have no engine; then the page says so.
    const pull = page.getByRole("button", { name: "Pull", exact: true });
    const why = page.getByText(/Docker/);
    await pull.or(why).first().waitFor();
    if ((await pull.count()) === 0) await page.getByRole("heading", { name: "This host’s images cannot be listed" }).waitFor();
    await shot("images");
    return;
  }
  await page.getByRole("rowheader", { name: "frr-ssh:latest" }).waitFor();
  await page.getByRole("link", { name: "Two that others wrote" }).first().waitFor();
  await shot("images");
  const pull = page.getByRole("button", { name: "Pull", exact: true });
  await pull.click();
  await page.getByLabel("Name").fill("nowhere/none");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("no registry has it").waitFor();
  await shot("pull-refused");
  await page.getByLabel("Name").fill("busybox");
  await page.keyboard.press("Enter");
  await page.getByRole("rowheader", { name: "busybox:latest" }).waitFor();
  await page.getByRole("button", { name: "Remove busybox:latest" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove", exact: true }).click();
  await page.getByText("busybox:latest is removed").waitFor();
}
