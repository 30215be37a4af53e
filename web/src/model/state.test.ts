import { expect, it } from "vitest";
import { detailOf, isLive, isOn, markOf, secondLine } from "./state";

it("shows a node that runs and has not booted as booting", () => {
  expect(markOf({ state: "running", booted: false })).toBe("booting");
  expect(markOf({ state: "running", booted: true })).toBe("running");
});

it("says on the second line what the node is, or what is in its way", () => {
  expect(secondLine({ state: "running", booted: true }, "FRR router")).toBe("FRR router");
  expect(secondLine({ state: "waiting", for_what: "edge-1" }, "FRR router")).toBe("After edge-1");
  expect(secondLine({ state: "failed", why: "no image" }, "FRR router")).toBe("No image");
  expect(secondLine({ state: "stopping" }, "FRR router")).toBe("Stopping");
});

it("counts a failed node neither as on nor as live", () => {
  expect(isOn({ state: "failed", why: "" })).toBe(false);
  expect(isLive({ state: "degraded", why: "bgpd ended" })).toBe(true);
  expect(detailOf({ state: "degraded", why: "bgpd ended" })).toBe("bgpd ended");
});
