// The operations that the SPA uses, by method and path.
import { randomUUID } from "node:crypto";
import type { Edit, End, JobAct, Lab, LabEvent, Position } from "../src/api/types.ts";
import { adopted, driftOf, repair } from "./drift.ts";
import { back, commit } from "./edits.ts";
import { imagesOf, listImages, prune, pullLines, readTopology, removeImage } from "./images.ts";
import { begin } from "./life.ts";
import { type World, addLab, detail, jobs, labs, sampleNamed, samples, summary, tell, templates } from "./world.ts";

export interface Request {
  body: unknown;
  query: URLSearchParams;
  ifMatch: string | null;
  cookie: string;
}

export interface Reply {
  status: number;
  body?: unknown;
  /** Instead of a body that is JSON. */
  text?: string;
  headers?: Record<string, string>;
}

type Handler = (request: Request, parts: string[]) => Reply;

const ok = (body: unknown, status = 200): Reply => ({ status, body });
export const fail = (status: number, code: string, title: string, detail?: string, more = {}): Reply => ({ status, body: { type: "about:blank", status, code, title, detail, ...more } });

const session = { user: { id: "1", username: "admin", role: "admin" }, expires_ms: Date.now() + 6e8 };
const LOGGED_IN = "nova_session=mock";

const withLab = (work: (world: World, request: Request, parts: string[]) => Reply): Handler => (request, parts) => {
  const world = labs.get(parts[0] ?? "");
  return world ? work(world, request, parts) : fail(404, "not_found", "There is no such lab.");
};

/** An edit for the revision it names. */
const edited = (make: (world: World, body: never, parts: string[]) => { edit: Edit; id?: number }): Handler =>
  withLab((world, { body, ifMatch }, parts) => {
    if (!ifMatch) return fail(428, "precondition_required", "The revision is missing.", "Send If-Match.");
    if (ifMatch !== `"${world.lab.revision}"`) return fail(412, "revision_conflict", "The lab was changed meanwhile.", undefined, { revision: world.lab.revision });
    const { edit, id } = make(world, body as never, parts);
    const revision = commit(world, edit);
    return ok({ revision, edit, ...(id ? { id } : {}) }, 201);
  });

const next = (things: object) => Math.max(0, ...Object.keys(things).map(Number)) + 1;

function newNode(world: World, { template, position }: { template: string; position: Position }): { edit: Edit; id: number } {
  const id = next(world.lab.nodes);
  const from = templates.find((t) => t.id === template);
  const interfaces = Object.fromEntries(Array.from({ length: from?.interfaces ?? 1 }, (_, n) => [n, { name: `eth${n}`, addresses: [] }]));
  return { id, edit: { edit: "add_node", id, node: { name: `${template}-${id}`, template, icon: "", position, kind: "netns", settings: {}, interfaces } as never } };
}

const acts = (act: JobAct): Handler =>
  withLab((world, { body }) => ok(begin(world, act, (body as { nodes?: number[] }).nodes ?? null), 202));

const linkState = (state: "cut" | "up"): Handler =>
  withLab((world, _, parts) => {
    const edit: Edit = { edit: "set_link_state", id: Number(parts[1]), state };
    return ok({ revision: commit(world, edit), edit });
  });

const turned = (from: "undo" | "redo", to: "undo" | "redo"): Handler =>
  withLab((world) => {
    const revision = back(world, world[from], world[to]);
    return revision ? ok({ revision, edit: { edit: "batch", edits: [] } }) : fail(409, "nothing_to_undo", "There is nothing of yours to take back.");
  });

const created = (lab: Lab): Reply => {
  const world = addLab(lab);
  tell(lab.id, { event: "lab_created", name: lab.name });
  return ok(detail(world), 201);
};

/** Events about drift, with how the links stand now. */
function tellWhole(world: World, events: LabEvent[]): void {
  if (events.length === 0) return;
  tell(world.lab.id, { event: "lab_status", status: detail(world).status });
  for (const event of events) tell(world.lab.id, event);
}

const empty = (name: string): Lab => ({ schema: 1, id: randomUUID(), revision: 1, name, nodes: {}, networks: {}, links: [], drawings: [] });

export const ROUTES: [method: string, path: RegExp, handler: Handler][] = [
  ["POST", /^\/session$/, ({ body }) => {
    const { username, password } = body as { username: string; password: string };
    if (username !== "admin" || password !== "admin") return fail(401, "wrong_credentials", "Name or password is wrong.");
    return { ...ok(session, 201), headers: { "Set-Cookie": `${LOGGED_IN}; Path=/api/; SameSite=Lax; HttpOnly` } };
  }],
  ["GET", /^\/session$/, () => ok(session)],
  ["DELETE", /^\/session$/, () => ({ status: 204, headers: { "Set-Cookie": "nova_session=; Path=/api/; Max-Age=0" } })],
  ["GET", /^\/system$/, () => ok({ version: "0.1.0", instance: "mock", agent_reachable: true, rootless: true, guacamole: true, kinds: { netns: "" } })],
  ["GET", /^\/templates$/, () => ok({ items: templates })],
  ["GET", /^\/samples$/, () => ok({ items: samples() })],
  ["POST", /^\/samples\/([^/]+)$/, (_, [name = ""]) => {
    const lab = sampleNamed(name);
    return lab ? created({ ...lab, id: randomUUID() }) : fail(404, "not_found", `There is no sample ${name}.`);
  }],
  ["GET", /^\/jobs$/, () => ok({ items: jobs })],
  ["GET", /^\/labs$/, () => ok({ items: [...labs.values()].map(summary) })],
  ["POST", /^\/labs$/, ({ body }) => created(empty((body as { name: string }).name))],
  ["POST", /^\/labs\/import$/, ({ body }) => {
    const { lab, name } = body as { lab: Lab; name?: string };
    return lab?.nodes ? created({ ...lab, name: name ?? lab.name, id: labs.has(lab.id) ? randomUUID() : lab.id }) : fail(422, "invalid_lab", "The file is no lab.", "It has no nodes.");
  }],
  ["POST", /^\/labs\/read$/, ({ body }) => {
    const read = readTopology(body as Parameters<typeof readTopology>[0]);
    return Array.isArray(read) ? fail(422, "invalid_lab", "The file is no lab.", undefined, { problems: read }) : ok(read);
  }],
  ["GET", /^\/images$/, () => ok(listImages())],
  ["POST", /^\/images\/pull$/, ({ body }) => ({ status: 200, text: pullLines((body as { name: string }).name), headers: { "Content-Type": "application/x-ndjson" } })],
  ["POST", /^\/images\/prune$/, ({ body }) => ok(prune((body as { dry_run: boolean }).dry_run))],
  ["DELETE", /^\/images$/, ({ query }) => ok(removeImage(query.get("name") ?? ""))],
  ["GET", /^\/labs\/([^/]+)\/images$/, withLab((world) => ok({ items: imagesOf(world.lab.nodes) }))],
  ["GET", /^\/labs\/([^/]+)$/, withLab((world) => ok(detail(world)))],
  ["DELETE", /^\/labs\/([^/]+)$/, withLab((world) => {
    labs.delete(world.lab.id);
    tell(world.lab.id, { event: "lab_removed" });
    return { status: 204 };
  })],
  ["GET", /^\/labs\/([^/]+)\/export$/, withLab((world) => ({ ...ok(world.lab), headers: { "Content-Disposition": 'attachment; filename="lab.json"' } }))],
  ["GET", /^\/labs\/([^/]+)\/drift$/, withLab((world) => ok({ items: driftOf(world.lab.id), cadence_s: 30 }))],
  ["POST", /^\/labs\/([^/]+)\/drift\/repair$/, withLab((world, { body }) => {
    const { ids, events } = repair(world.lab.id, (body as { only?: string[] }).only);
    tellWhole(world, events);
    return ok({ ids }, 202);
  })],
  ["POST", /^\/labs\/([^/]+)\/edits$/, edited((world, body: { edit: Edit }) => {
    tellWhole(world, adopted(world.lab.id, body.edit));
    return { edit: body.edit };
  })],
  ["POST", /^\/labs\/([^/]+)\/undo$/, turned("undo", "redo")],
  ["POST", /^\/labs\/([^/]+)\/redo$/, turned("redo", "undo")],
  ["POST", /^\/labs\/([^/]+)\/nodes$/, edited(newNode)],
  ["POST", /^\/labs\/([^/]+)\/networks$/, edited((world, body: { name: string; position: Position }) => {
    const id = next(world.lab.networks);
    return { id, edit: { edit: "add_network", id, network: body } };
  })],
  ["POST", /^\/labs\/([^/]+)\/links$/, edited((world, { a, b }: { a: End; b: End }) => {
    const id = Math.max(0, ...world.lab.links.map((link) => link.id)) + 1;
    return { id, edit: { edit: "add_link", id, a, b, state: "up" } };
  })],
  ["POST", /^\/labs\/([^/]+)\/nodes\/\d+\/consoles\/[^/]+\/guacamole$/, withLab(() => ok({ address: "/html5/#/client/MQBjAHBvc3RncmVzcWw=?token=mock" }))],
  ["POST", /^\/labs\/([^/]+)\/links\/(\d+)\/cut$/, linkState("cut")],
  ["POST", /^\/labs\/([^/]+)\/links\/(\d+)\/heal$/, linkState("up")],
  ...(["start", "stop", "restart", "wipe"] as const).map((act): [string, RegExp, Handler] => ["POST", new RegExp(`^/labs/([^/]+)/${act}$`), acts(act)]),
];

export const isLoggedIn = (cookie: string): boolean => cookie.includes(LOGGED_IN);
