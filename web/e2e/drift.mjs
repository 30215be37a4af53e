// Somebody touches a lab's devices by hand: it is drawn, repaired and adopted.
//
// On the mock: the metro lab has a lost link and a device that it does not declare. On a real server
// NOVA_VE_IP is `ip` as it is called on the agent's host (`nsenter -t PID -U -n ip`):
// then a sample lab is touched in each of the ways that there are.
import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { until } from "./browser.mjs";

export async function drift({ page, shot, say }) {
  const ip = process.env.NOVA_VE_IP?.split(" ");
  if (!process.env.NOVA_VE_URL) await onTheMock({ page, shot, say });
  else if (ip) await onAHost({ page, shot, say, ip });
  else say("drift: left out, NOVA_VE_IP does not say how to reach the host");
}

const rows = (page) => page.getByRole("list", { name: "Differences between lab and host" }).getByRole("listitem");
const badges = (page) => page.locator(".wbadge.drifted");
const strangers = (page) => page.locator(".stranger");

/** Nothing is chosen, so that the lab's own panel shows. */
async function showLab(page) {
  await page.locator(".react-flow__pane").click({ position: { x: 8, y: 320 } });
}

async function drawn(page, what, locator, count = 1) {
  await until(`${what} is drawn`, async () => (await locator.count()) === count || `${await locator.count()} drawn`);
}

async function onTheMock({ page, shot, say }) {
  await page.getByRole("article", { name: /^Metro WAN/ }).getByRole("link").first().click();
  await drawn(page, "the lost link", badges(page));
  await drawn(page, "the device of the host", strangers(page));
  await showLab(page);
  await until("both are listed", async () => (await rows(page).count()) === 2 || (await rows(page).count()));
  await shot("drift");
  await badges(page).getByRole("button", { name: "Repair" }).click();
  await drawn(page, "no lost link", badges(page), 0);
  say("a lost link was drawn and repaired by one click");
  await strangers(page).getByRole("button", { name: "Add to lab" }).click();
  await drawn(page, "no undeclared device", strangers(page), 0);
  await showLab(page);
  await page.getByText("The host is as the lab declares.").waitFor();
  await shot("drift-none");
  say("a device of the host was drawn and adopted by an edit");
  await page.getByRole("link", { name: "All labs" }).first().click();
}

async function onAHost({ page, shot, say, ip: [program, ...first] }) {
  const ip = (words) => execFileSync(program, [...first, ...words.split(" ")], { encoding: "utf8" });
  await page.getByRole("button", { name: "Sample labs" }).click();
  const sample = page.getByRole("article", { name: "Sample: Switching and a router" });
  await sample.waitFor();
  await sample.getByRole("button", { name: "Open and start" }).click();
  const running = page.locator(".runpill");
  await until("the lab runs", async () => /^(\d+) of \1 running$/.test(await running.innerText()) || (await running.innerText()), { deadline_s: 120 });
  await showLab(page);
  await page.getByText("The host is as the lab declares.").waitFor();
  const hash = await hashOf(page, ip);
  const names = ip("-o link").split("\n").map((line) => /^\d+: ([^:@]+)/.exec(line)?.[1] ?? "");
  const ports = names.filter((name) => name.startsWith(`nve${hash}`)).sort();
  const bridge = names.find((name) => name.startsWith(`nove${hash}`));

  ip(`link delete ${ports[0]}`);
  await drawn(page, "the lost link", badges(page));
  await shot("drift-lost");
  await badges(page).getByRole("button", { name: "Repair" }).click();
  await drawn(page, "no lost link", badges(page), 0);
  say("a removed port was drawn and repaired");

  ip(`link set ${bridge} down`);
  ip(`link set ${bridge} name mine`);
  await showLab(page);
  await until("a renamed bridge is drawn", async () => (await badges(page).count()) > 0);
  await until("and told", async () => (await rows(page).first().innerText()).includes("named mine"));
  await page.getByRole("button", { name: /^Repair/ }).first().click();
  await drawn(page, "no moved link", badges(page), 0);
  say("a renamed bridge was drawn, and got its name back");

  ip(`link delete ${bridge}`);
  await showLab(page);
  await until("a deleted bridge is drawn", async () => (await badges(page).count()) > 0);
  await page.getByRole("button", { name: "Repair all" }).click();
  await drawn(page, "no lost link", badges(page), 0);
  say("a deleted bridge was drawn and repaired");

  const elsewhere = spawnApart(program, first);
  await until("there is another namespace", () => readFileSync(`/proc/${elsewhere.pid}/comm`, "utf8").trim() === "sleep");
  ip(`link set ${ports[2]} netns ${elsewhere.pid}`);
  await drawn(page, "the moved link", badges(page));
  await until("and told", async () => (await rows(page).first().innerText()).includes("in another network namespace"));
  await badges(page).getByRole("button", { name: "Repair" }).click();
  await drawn(page, "no moved link", badges(page), 0);
  elsewhere.kill();
  say("a device moved to another namespace was drawn and made anew");

  ip("link add foreign0 type veth peer name foreign1");
  ip(`link set foreign0 master ${bridge}`);
  await drawn(page, "the device of the host", strangers(page));
  await shot("drift-discovered");
  ip("link delete foreign0");
  await drawn(page, "no undeclared device", strangers(page), 0);
  say("a foreign port was drawn, left alone, and gone when it was taken away");

  ip(`link delete ${ports[1]}`);
  await drawn(page, "the lost link", badges(page));
  await showLab(page);
  const links = await page.locator(".react-flow__edge").count();
  await rows(page).first().getByRole("button", { name: "Remove from lab" }).click();
  await until("the lab has given it up", async () => (await page.locator(".react-flow__edge").count()) === links - 1);
  await drawn(page, "no lost link", badges(page), 0);
  say("a lost link was adopted: the lab gave it up");
  await stopAndLeave(page);
}

/** A process in a network namespace of its own, on the same host; `ip` is the last of the words. */
function spawnApart(program, first) {
  const [command, ...words] = [program, ...first].slice(0, -1).concat("unshare", "-n", "sleep", "300");
  return spawn(command, words, { stdio: "ignore" });
}

/** The lab's hash is in the names of its devices: those that were not there before it ran. */
async function hashOf(page, ip) {
  let found;
  await until("the lab has devices", async () => {
    const all = ip("-o link").match(/nve([0-9a-f]{4})d/g) ?? [];
    found = all.at(-1)?.slice(3, 7);
    return found !== undefined;
  });
  return found;
}

async function stopAndLeave(page) {
  await page.getByRole("button", { name: "Stop lab" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Stop lab" }).click();
  await until("all nodes stop", async () => (await page.locator(".runpill").innerText()).startsWith("0 of"), { deadline_s: 60 });
  await page.getByRole("link", { name: "All labs" }).first().click();
}
