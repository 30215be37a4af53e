import { describe, expect, it } from "vitest";
import type { Box } from "./geometry";
import { routeAll, sidesBetween } from "./ports";

const card = (x: number, y: number): Box => ({ x, y, w: 136, h: 46 });

describe("ports", () => {
  it("joins cards above each other top to bottom and cards beside each other side to side", () => {
    expect(sidesBetween(card(0, 0), card(60, 150))).toEqual(["bottom", "top"]);
    expect(sidesBetween(card(0, 0), card(400, 10))).toEqual(["right", "left"]);
    expect(sidesBetween(card(400, 0), card(0, 10))).toEqual(["left", "right"]);
  });

  it("orders the ports of an edge by where the other ends lie, so that links do not cross", () => {
    const boxes = new Map([["hub", card(200, 0)], ["west", card(0, 200)], ["east", card(400, 200)]]);
    const routes = routeAll([{ id: "l1", a: "hub", b: "east" }, { id: "l2", a: "hub", b: "west" }], boxes);
    expect(routes.get("l2")?.a.offset).toBeLessThan(routes.get("l1")?.a.offset ?? 0);
  });

  it("fans out links between the same two cards in the same order on both sides", () => {
    const boxes = new Map([["a", card(0, 0)], ["b", card(400, 0)]]);
    const routes = routeAll(["l10", "l2", "l1"].map((id) => ({ id, a: "a", b: "b" })), boxes);
    const offsets = ["l1", "l2", "l10"].map((id) => [routes.get(id)?.a.offset, routes.get(id)?.b.offset]);
    expect(offsets).toEqual([[-15, -15], [0, 0], [15, 15]]);
  });

  it("makes a link straight when one of its ports is alone on its edge", () => {
    const boxes = new Map([["hub", card(0, 0)], ["left", card(-30, 200)], ["right", card(300, 200)]]);
    const routes = routeAll([{ id: "l1", a: "hub", b: "left" }, { id: "l2", a: "hub", b: "right" }], boxes);
    const route = routes.get("l1");
    expect(route?.b.at.x).toBe(route?.a.at.x);
  });

  it("leaves out links whose card is not on the sheet", () => {
    expect(routeAll([{ id: "l1", a: "a", b: "gone" }], new Map([["a", card(0, 0)]])).size).toBe(0);
  });
});
