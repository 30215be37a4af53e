import { describe, expect, it } from "vitest";
import type { DriftItem, Lab } from "@/api/types";
import { adoptWords, keyOf, strangersOf } from "./drift";

const end = (node: number) => ({ interface: { node, interface: 0 } });
const node = { name: "r1", kind: "netns", settings: {}, position: { x: 10, y: 20 } };
const lab = {
  nodes: { 1: node, 2: node },
  networks: { 7: { name: "lan", position: { x: 100, y: 100 } } },
  links: [{ id: 3, a: end(1), b: end(2), network: 4 }],
  drawings: [],
} as unknown as Lab;

const item = (drift: object, more: object = {}): DriftItem => ({ drift: { id: "x", device: "eth9", why: "it is there", allowed: false, since_ms: 0, ...drift }, can_repair: false, ...more }) as DriftItem;

describe("drift on the sheet", () => {
  it("draws what is not declared at its network, one over the other", () => {
    const here = strangersOf(lab, [item({ kind: "discovered_link", network: 7 }), item({ kind: "discovered_link", network: 7 })]);
    expect(here.map(({ at }) => at)).toEqual(["w7", "w7"]);
    expect(here[0]?.place.y).toBeGreaterThan(here[1]?.place.y ?? 0);
  });
  it("draws what is in a hidden network or in a node at a node", () => {
    const here = strangersOf(lab, [item({ kind: "discovered_link", network: 4 }), item({ kind: "discovered_link", node: 2 })]);
    expect(here.map(({ at }) => at)).toEqual(["n1", "n2"]);
  });
  it("draws nothing of what is on no sheet, and nothing declared", () => {
    expect(strangersOf(lab, [item({ kind: "discovered_link", network: 9 }), item({ kind: "lost_link", link: 3 })])).toEqual([]);
  });
  it("leads to the link, else to what it is joined to", () => {
    expect(keyOf(lab, item({ kind: "lost_link", link: 3 }))).toBe("l3");
    expect(keyOf(lab, item({ kind: "discovered_link", network: 7 }))).toBe("w7");
  });
  it("says what adopting does", () => {
    expect(adoptWords(item({ kind: "lost_link" }))).toBeNull();
    expect(adoptWords(item({ kind: "lost_link" }, { adopt: { edit: "remove_link", id: 3 } }))).toBe("Remove from lab");
    expect(adoptWords(item({ kind: "moved_link" }, { adopt: { edit: "batch", edits: [] } }))).toBe("Move in lab");
    expect(adoptWords(item({ kind: "discovered_link" }, { adopt: { edit: "batch", edits: [] } }))).toBe("Add to lab");
  });
});
