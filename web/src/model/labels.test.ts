import { expect, it } from "vitest";
import type { Box } from "./geometry";
import { placeLabels } from "./labels";
import { routeAll } from "./ports";

const card = (x: number, y: number): Box => ({ x, y, w: 136, h: 46 });

it("never puts two labels on each other: the shorter link gives way", () => {
  const boxes = new Map([["a", card(0, 0)], ["b", card(30, 90)], ["c", card(-20, 500)]]);
  const wires = Array.from({ length: 6 }, (_, i) => ({ id: `l${i}`, a: "a", b: i % 2 ? "b" : "c" }));
  const routes = routeAll(wires, boxes);
  const named = wires.flatMap(({ id }) => {
    const route = routes.get(id);
    return route ? [{ id, route, a: "GigabitEthernet0", b: "eth0" }] : [];
  });
  const placed = placeLabels(named);
  const shown = [...placed.values()].filter((p) => p.a).length;
  expect(shown).toBeGreaterThan(0);
  expect(shown).toBeLessThan(6);
});

it("turns a label to the other side of its port before it is left out", () => {
  const boxes = new Map([["r3", card(0, 300)], ["r1", card(-220, 0)], ["r2", card(220, 0)]]);
  const wires = [{ id: "l1", a: "r3", b: "r1" }, { id: "l2", a: "r3", b: "r2" }];
  const routes = routeAll(wires, boxes);
  const named = wires.flatMap(({ id }) => {
    const route = routes.get(id);
    return route ? [{ id, route, a: `eth${id}`, b: "eth0" }] : [];
  });
  expect([...placeLabels(named).values()].every((p) => p.a && p.b)).toBe(true);
});
