// nova-ve is upgraded under an open tab: it says so, and offers to reload.

export async function newer({ open, url, user, password, say }) {
  const { page, shot } = await open();
  const server = await restartable(page);
  await page.goto(url);
  await page.getByLabel("Name").fill(user);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "New lab" }).waitFor();
  const told = page.getByText("nova-ve was upgraded.");

  await server.restart();
  if (await told.isVisible()) throw new Error("a restart alone was told as an upgrade");

  const address = new URL("/", url).href;
  await page.route(address, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: (await answer.text()).replace(/\/assets\/index-[^"]*\.js/, "/assets/index-newer.js") });
  });
  await server.restart();
  await told.waitFor();
  await shot("upgraded");
  await page.unroute(address);
  await page.getByRole("button", { name: "Reload" }).click();
  await page.getByRole("button", { name: "New lab" }).waitFor();
  await told.waitFor({ state: "hidden" });
  await page.context().close();
  say("a tab that was open during an upgrade says so, and offers to reload");
}

/** The event stream as that of a server that can be started anew: each connection is of another run. */
async function restartable(page) {
  let connection;
  let runs = 0;
  let heard;
  const hello = () => new Promise((resolve) => (heard = resolve));
  const first = hello();
  await page.routeWebSocket(/\/api\/v1\/events/, (socket) => {
    const server = socket.connectToServer();
    const run = (runs += 1);
    server.onMessage((message) => {
      socket.send(String(message).replace(/"epoch":"[^"]*"/, `"epoch":"run-${run}"`));
      heard();
    });
    connection = socket;
  });
  const restart = async () => {
    await first;
    const asked = page.waitForResponse((answer) => new URL(answer.url()).pathname === "/" && answer.request().resourceType() === "fetch");
    const next = hello();
    await connection.close();
    await next;
    await asked;
  };
  return { restart };
}
