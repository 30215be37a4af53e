// The mock server inside Vite's own, for `npm run dev` and `npm run preview`: log in as admin, admin.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Plugin } from "vite";
import { WebSocketServer } from "ws";
import { ROUTES, type Reply, fail, isLoggedIn } from "./routes.ts";
import { serveConsole, serveEvents } from "./sockets.ts";

const BASE = "/api/v1";

export function mockServer(): Plugin {
  return {
    name: "mock-server",
    configureServer: ({ middlewares, httpServer }) => install(middlewares, httpServer),
    configurePreviewServer: ({ middlewares, httpServer }) => install(middlewares, httpServer),
  };
}

interface Server {
  on: (event: "upgrade", work: (request: IncomingMessage, socket: Duplex, head: Buffer) => void) => unknown;
}

interface Middlewares {
  use: (work: (request: IncomingMessage, response: ServerResponse, next: () => void) => void) => unknown;
}

function install(middlewares: Middlewares, server: unknown): void {
  middlewares.use((request, response, next) => {
    if (request.url?.startsWith("/api/")) void answer(request, response);
    else if (request.url?.startsWith("/html5/")) standInForGuacamole(response);
    else next();
  });
  const sockets = new WebSocketServer({ noServer: true });
  (server as Server | null)?.on("upgrade", (request, socket, head) => {
    if (!request.url?.startsWith(BASE)) return;
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const url = new URL(request.url ?? "", "http://mock");
      const path = url.pathname.slice(BASE.length);
      const [, lab, node, name] = /^\/labs\/([^/]+)\/nodes\/(\d+)\/consoles\/([^/]+)$/.exec(path) ?? [];
      if (path === "/events") serveEvents(ws, url.searchParams);
      else if (lab && node && name) serveConsole(ws, lab, Number(node), name, url.searchParams);
      else ws.close();
    });
  });
}

function standInForGuacamole(response: ServerResponse): void {
  response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
  response.end('<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>Stand-in, not Guacamole</title><h1>This is not Guacamole</h1></html>');
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const reply = await route(request);
  const headers = { "Content-Type": reply.status >= 400 ? "application/problem+json" : "application/json", ...reply.headers };
  response.writeHead(reply.status, headers);
  response.end(reply.text ?? (reply.body === undefined ? undefined : JSON.stringify(reply.body)));
}

async function route(request: IncomingMessage): Promise<Reply> {
  const { pathname, searchParams: query } = new URL(request.url ?? "", "http://mock");
  const path = pathname.slice(BASE.length);
  const cookie = request.headers.cookie ?? "";
  const isLogIn = request.method === "POST" && path === "/session";
  if (!isLogIn && !isLoggedIn(cookie)) return fail(401, "not_logged_in", "Sign in first.");
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  const body: unknown = text ? JSON.parse(text) : {};
  for (const [method, pattern, handler] of ROUTES) {
    const match = pattern.exec(path);
    if (match && method === request.method) return handler({ body, query, ifMatch: request.headers["if-match"] ?? null, cookie }, match.slice(1));
  }
  return fail(404, "not_found", "There is no such operation.");
}
