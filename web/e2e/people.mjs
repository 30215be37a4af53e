// What people do with each other: an administrator makes a member and shares a lab, right by right; a
// token serves a program; a session that is ended elsewhere is over at once.
import { until } from "./browser.mjs";

const MEMBER = "ada";
const PASSWORD = "a-long-password";
const OTHER = "another-password";
const LAB = "OSPF triangle";

/** `page` is the administrator's, signed in on the labs page; `open` makes a window of its own. */
export async function people({ page, shot, open, url, say }) {
  await makeMember({ page, shot });
  say("a member was made, and a taken name was refused in words");
  await shareLab({ page, shot });
  say("a lab was shared with view");
  const member = await open();
  await signIn(member.page, url, MEMBER, PASSWORD);
  const lab = await seesOnly(member);
  say("the member sees it, and why it cannot be started");
  await raise({ page, member });
  say("with the right to operate it starts, without a reload");
  await serveProgram({ member, url });
  say("a token lists labs, starts nothing after its end, and makes no other");
  await endFromElsewhere({ member, open, url, lab });
  say("a session ended from another window is over within 2 s, and the log-in leads back");
  await loseRight({ page, member });
  say("the loss of the right is told to who looks at the lab");
  await remove({ page, shot, lab });
  say("the audit log says who did what; the member is removed");
}

async function signIn(page, url, user, password) {
  await page.goto(url);
  await page.getByLabel("Name").fill(user);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "New lab" }).waitFor();
}

async function fromMenu(page, item) {
  await page.getByRole("button", { name: /your account$/ }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

async function makeMember({ page, shot }) {
  await fromMenu(page, "Administration");
  await page.getByRole("button", { name: "Add user" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("admin");
  await dialog.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await dialog.getByRole("button", { name: "Add user" }).click();
  await dialog.getByRole("alert").waitFor();
  await shot("user-refused");
  await dialog.getByLabel("Name").fill(MEMBER);
  await page.keyboard.press("Enter");
  await page.getByRole("rowheader", { name: MEMBER }).waitFor();
  await shot("users");
}

const cardOf = (page) => page.getByRole("article", { name: new RegExp(`^${LAB}`) }).first();

async function shareLab({ page, shot }) {
  await page.getByRole("link", { name: "All labs" }).click();
  const made = await page.evaluate(async () => (await fetch("/api/v1/samples/ospf-triangle", { method: "POST" })).json());
  await page.locator(`a[href="/labs/${made.lab.id}"]`).click();
  await page.getByRole("button", { name: "Share", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("User name").fill("nobody-here");
  await page.keyboard.press("Enter");
  await dialog.getByRole("alert").waitFor();
  await dialog.getByLabel("User name").fill(MEMBER);
  await page.keyboard.press("Enter");
  await dialog.getByLabel(`What ${MEMBER} may do`).waitFor();
  await shot("share");
  await dialog.getByRole("button", { name: "Done" }).click();
}

async function seesOnly({ page, shot }) {
  await cardOf(page).getByText("You may view").waitFor();
  await shot("member-labs");
  await cardOf(page).getByRole("link").click();
  await page.getByText("You can look, not change.").waitFor();
  const start = page.getByRole("button", { name: "Start lab" });
  if ((await start.getAttribute("aria-disabled")) !== "true") throw new Error("a viewer can press Start");
  const why = await start.getAttribute("aria-description");
  if (!/look, not start or stop/.test(why ?? "")) throw new Error(`Start does not say why: ${why}`);
  await shot("member-looks");
  const lab = new URL(page.url()).pathname.split("/").at(-1);
  const refused = await page.evaluate(async (id) => (await fetch(`/api/v1/labs/${id}/start`, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" })).status, lab);
  if (refused !== 403 && refused !== 404) throw new Error(`the server starts for a viewer: ${refused}`);
  return lab;
}

async function raise({ page, member }) {
  await page.getByRole("button", { name: "Share", exact: true }).click();
  await page.getByLabel(`What ${MEMBER} may do`).selectOption("operate");
  await page.getByRole("button", { name: "Done" }).click();
  const start = member.page.getByRole("button", { name: "Start lab" });
  await until("Start can be pressed", async () => (await start.getAttribute("aria-disabled")) === null, { deadline_s: 5 });
  await member.page.getByText("You can operate, not change.").waitFor();
  await start.click();
  const pill = member.page.locator(".runpill");
  await until("it runs", async () => (await pill.innerText()).startsWith("5 of 5") || (await pill.innerText()), { deadline_s: 120 });
  await member.shot("member-operates");
}

async function serveProgram({ member, url }) {
  const { page, shot } = member;
  await page.goto(`${url}/account`);
  await page.getByLabel("What it is for").fill("backup");
  await page.getByRole("button", { name: "Make token" }).click();
  const token = await page.getByRole("textbox", { name: "The token backup" }).inputValue();
  if (!token.startsWith("nvt_")) throw new Error("that is no token");
  await shot("account");
  const ask = (path, options = {}) => fetch(`${url}/api/v1${path}`, { ...options, headers: { authorization: `Bearer ${token}`, "content-type": "application/json" } });
  const labs = await (await ask("/labs")).json();
  if (labs.items.length !== 1 || labs.items[0].my_right !== "operate") throw new Error(`the token sees ${JSON.stringify(labs)}`);
  const minted = (await ask("/tokens", { method: "POST", body: JSON.stringify({ name: "more" }) })).status;
  if (minted !== 403) throw new Error(`a token makes another: ${minted}`);
  await page.getByRole("button", { name: "I have it" }).click();
  await page.getByRole("button", { name: "End the token backup" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "End token" }).click();
  await page.getByText("No tokens yet.").waitFor();
  const after = (await ask("/labs")).status;
  if (after !== 401) throw new Error(`an ended token is answered with ${after}`);
}

async function endFromElsewhere({ member, open, url, lab }) {
  await member.page.goto(`${url}/labs/${lab}`);
  await member.page.getByRole("button", { name: "Stop lab" }).waitFor();
  const other = await open();
  await signIn(other.page, url, MEMBER, PASSWORD);
  await other.page.goto(`${url}/account`);
  const end = other.page.getByRole("button", { name: "End the others" });
  await until("both sessions are listed", async () => (await other.page.getByText("Chrome on").count()) === 2);
  await end.click();
  await member.page.getByText("Your session has ended").waitFor({ timeout: 2000 });
  await member.shot("session-ended");
  await member.page.getByLabel("Name").fill(MEMBER);
  await member.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await member.page.keyboard.press("Enter");
  await member.page.getByRole("button", { name: "Stop lab" }).waitFor();
  if (!member.page.url().endsWith(`/labs/${lab}`)) throw new Error(`the log-in led to ${member.page.url()}`);
  await changePassword(other.page);
  await other.page.context().close();
  await member.page.getByText("Your session has ended").waitFor({ timeout: 2000 });
  await member.page.getByLabel("Name").fill(MEMBER);
  await member.page.getByLabel("Password", { exact: true }).fill(OTHER);
  await member.page.keyboard.press("Enter");
  await member.page.getByRole("button", { name: "Stop lab" }).waitFor();
}

async function changePassword(page) {
  await page.getByLabel("Password now").fill(OTHER);
  await page.getByLabel("New password").fill(OTHER);
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Password now").fill(PASSWORD);
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("Password changed").waitFor();
}

async function loseRight({ page, member }) {
  await page.getByRole("button", { name: "Share", exact: true }).click();
  await page.getByRole("button", { name: `Stop sharing with ${MEMBER}` }).click();
  await page.getByText("Shared with nobody yet.").waitFor();
  await member.page.getByText("is no longer shared with you").waitFor({ timeout: 5000 });
  await member.page.getByRole("heading", { name: "No such lab" }).waitFor();
  await member.shot("right-lost");
  await page.getByRole("button", { name: "Done" }).click();
}

async function remove({ page, shot, lab }) {
  await fromMenu(page, "Administration");
  await page.getByRole("button", { name: `More for ${MEMBER}` }).click();
  await page.getByRole("menuitem", { name: "Remove user" }).click();
  await shot("user-remove");
  await page.getByRole("dialog").getByRole("button", { name: "Remove user" }).click();
  await page.getByText(`${MEMBER} is removed`).waitFor();
  await page.getByRole("link", { name: "Audit log" }).click();
  await page.getByLabel("User").fill(MEMBER);
  await page.getByRole("cell", { name: "log in", exact: true }).first().waitFor();
  await shot("audit");
  await page.evaluate((id) => fetch(`/api/v1/labs/${id}`, { method: "DELETE" }), lab);
  await page.getByRole("link", { name: "All labs" }).click();
}
