import { describe, expect, it } from "vitest";
import type { Lab } from "@/api/types";
import { applyHere } from "./applyhere";
import { retryDelay_s } from "./backoff";
import { freeInterface, linkName, linkOn } from "./ends";
import { splitCurve, pathOf, pointAt } from "./geometry";
import { linkForm } from "./linkform";
import { lodAt } from "./lod";
import { parseMarkdown } from "./markdown";
import { nearest } from "./nearest";
import { pieces, score } from "./search";
import { presses } from "./shortcut";
import { ago, bytes, count, initials, lasting, listed } from "./words";

const node = (name: string, interfaces: number) => ({
  name,
  kind: "netns",
  settings: {},
  interfaces: Object.fromEntries(Array.from({ length: interfaces }, (_, i) => [i, { name: `eth${i}`, addresses: [] }])),
});

const lab = {
  schema: 1,
  id: "1",
  revision: 1,
  name: "two routers",
  nodes: { 1: node("r1", 2), 2: node("r2", 1) },
  networks: { 7: { name: "lan", position: { x: 0, y: 0 } } },
  links: [
    { id: 1, a: { interface: { node: 1, interface: 0 } }, b: { interface: { node: 2, interface: 0 } }, state: "up" },
    { id: 2, a: { network: 7 }, b: { interface: { node: 1, interface: 1 } }, state: "cut" },
  ],
  drawings: [],
} as unknown as Lab;

const up = { present: true, carrier: true, rx_bytes: 0, tx_bytes: 0 };

describe("ends", () => {
  it("finds the lowest free interface, or none", () => {
    expect(freeInterface(lab, 2)).toBeNull();
    expect(freeInterface({ ...lab, links: lab.links.slice(0, 1) }, 1)).toBe(1);
  });

  it("names a link by both ends", () => {
    const [first, second] = lab.links;
    expect(first && linkName(lab, first)).toBe("r1 eth0 to r2 eth0");
    expect(second && linkName(lab, second)).toBe("lan to r1 eth1");
    expect(linkOn(lab, 1, 1)?.far).toEqual({ network: 7 });
  });
});

describe("link form", () => {
  it("shows the worst: drifted before cut before no carrier", () => {
    const [link, cut] = lab.links;
    if (!link || !cut) throw new Error("no links");
    expect(linkForm(link, { plumbed: "yes", why: "", a: up, b: up })).toBe("up");
    expect(linkForm(link, { plumbed: "yes", why: "", a: up, b: { ...up, carrier: false } })).toBe("no-carrier");
    expect(linkForm(cut, { plumbed: "yes", why: "", a: up, b: up })).toBe("cut");
    expect(linkForm(cut, { plumbed: "no", why: "gone", a: up, b: up })).toBe("drifted");
    expect(linkForm(link, undefined)).toBe("no-carrier");
  });
});

describe("edits drawn ahead of the server", () => {
  it("moves, and removes a node with its links", () => {
    const moved = applyHere(lab, { edit: "move", nodes: {}, networks: { 7: { x: 5, y: 6 } } });
    expect(moved.networks[7]?.position).toEqual({ x: 5, y: 6 });
    const removed = applyHere(lab, { edit: "remove_node", id: 1 });
    expect(removed.links).toEqual([]);
    expect(Object.keys(removed.nodes)).toEqual(["2"]);
  });
});

describe("geometry", () => {
  it("splits a curve at a point that lies on it", () => {
    const curve = [{ x: 0, y: 0 }, { x: 0, y: 50 }, { x: 100, y: 50 }, { x: 100, y: 100 }] as const;
    const [left, right] = splitCurve(curve, 0.5);
    expect(left[3]).toEqual(right[0]);
    expect(pointAt(curve, 0.5)).toEqual({ x: 50, y: 50 });
    expect(pathOf(curve)).toBe("M0 0C0 50 100 50 100 100");
  });

  it("changes the level of detail with hysteresis", () => {
    expect(lodAt(0.69, 0)).toBe(0);
    expect(lodAt(0.67, 0)).toBe(1);
    expect(lodAt(0.71, 1)).toBe(1);
    expect(lodAt(0.73, 1)).toBe(0);
    expect(lodAt(0.1, 0)).toBe(3);
  });

  it("walks to the nearest card in the arrow's direction", () => {
    const box = (x: number, y: number) => ({ x, y, w: 10, h: 10 });
    const others = new Map([["right", box(100, 5)], ["far", box(300, 0)], ["below", box(0, 100)]]);
    expect(nearest(box(0, 0), others, "right")).toBe("right");
    expect(nearest(box(0, 0), others, "bottom")).toBe("below");
    expect(nearest(box(0, 0), others, "left")).toBeNull();
  });
});

describe("words", () => {
  it("tells times, counts and sizes as a person reads them", () => {
    const now = Date.UTC(2026, 10, 23, 12);
    expect(ago(now - 120_000, now)).toBe("2 min ago");
    expect(ago(now - 30 * 3_600_000, now)).toBe("yesterday");
    expect(ago(now - 12 * 86_400_000, now)).toBe("11 Nov");
    expect(lasting(now - 8_040_000, now)).toBe("for 2 h 14 min");
    expect(count(1, "node")).toBe("1\u00a0node");
    expect(bytes(184_000_000)).toEqual({ figure: "184", unit: "MB" });
    expect(bytes(1_300_000_000)).toEqual({ figure: "1.3", unit: "GB" });
    expect(listed(["a", "b", "c", "d"])).toBe("a, b and 2\u00a0more");
    expect(initials("elena.sander")).toBe("ES");
  });
});

describe("search and shortcuts", () => {
  it("needs every word and prefers the beginning", () => {
    expect(score("cut co", "Cut link core-2")).toBeGreaterThan(score("cut co", "Shortcut for a console"));
    expect(score("heal", "Cut link")).toBe(0);
    expect(pieces("cut", "Cut it").filter((p) => p.hit).map((p) => p.text)).toEqual(["Cut"]);
  });

  it("tells X from Shift X and takes signs as they are typed", () => {
    const press = (key: string, more = {}) => ({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more });
    expect(presses(press("x"), "X")).toBe(true);
    expect(presses(press("X", { shiftKey: true }), "X")).toBe(false);
    expect(presses(press("X", { shiftKey: true }), "Shift+X")).toBe(true);
    expect(presses(press("?", { shiftKey: true }), "?")).toBe(true);
    expect(presses(press("k", { ctrlKey: true }), "Ctrl+K")).toBe(true);
    expect(presses(press("k"), "Ctrl+K")).toBe(false);
  });

  it("waits longer after every failed try, 15 s at most", () => {
    expect([0, 1, 2, 3, 4, 50].map(retryDelay_s)).toEqual([1, 2, 4, 8, 15, 15]);
  });
});

describe("notes", () => {
  it("are words, never markup", () => {
    const blocks = parseMarkdown("# Drill\n- [x] cut `a`\n<img src=x onerror=alert(1)> **now**");
    expect(blocks.map((b) => b.kind)).toEqual(["heading", "done", "line"]);
    expect(blocks[2]?.spans).toEqual([{ kind: "text", text: "<img src=x onerror=alert(1)> " }, { kind: "bold", text: "now" }]);
  });
});
