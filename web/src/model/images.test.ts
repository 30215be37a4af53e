import { describe, expect, it } from "vitest";
import type { Image, Lab } from "@/api/types";
import { imageKey, missingWords, roomWords, titleOfImage, usesWords } from "./images";

const image = (over: Partial<Image> = {}): Image => ({ id: "sha256:0123456789abcdef", names: ["nova-ve/frr:latest"], bytes: 262_000_000, created_ms: 0, containers: 0, used_by: [], other_labs: 0, ...over });
const use = (lab_name: string) => ({ lab: "1", lab_name, nodes: ["r1"] });
const missing = (name: string, nodes: string[], nearest: string[] = []) => ({ image: name, nodes, here: false, bytes: 0, nearest });

describe("an image", () => {
  it("is called by its name, or by its id", () => {
    expect(titleOfImage(image())).toBe("nova-ve/frr:latest");
    expect(titleOfImage(image({ names: [] }))).toBe("0123456789ab");
  });

  it("says who uses it", () => {
    expect(usesWords(image())).toBe("");
    expect(usesWords(image({ used_by: [use("ring"), use("spine")], other_labs: 1, containers: 2 }))).toBe("ring and spine, 1\u00a0lab of others, 2\u00a0containers");
  });
});

it("room is silent where it is not known", () => {
  const room = { memory_bytes: 0, memory_free_bytes: 0 };
  expect(roomWords({ ...room, disk_bytes: 0, disk_free_bytes: 0 })).toBe("");
  expect(roomWords({ ...room, disk_bytes: 252e9, disk_free_bytes: 38e9 })).toBe("38\u00a0GB free of 252\u00a0GB");
});

it("what a lab lacks is told with who needs it and what is like it", () => {
  expect(missingWords([missing("frr-ssh:latest", ["r1"], ["nova-ve/frr:latest"])])).toEqual({
    title: "frr-ssh:latest is not on this host.",
    text: "r1 needs it; starting pulls it, if a registry has it. Its name is like nova-ve/frr:latest, which is here.",
  });
  expect(missingWords([missing("a", ["r1"]), missing("b", ["r2"])]).text).toMatch(/^a and b\. /);
  expect(missingWords([])).toEqual({ title: "", text: "" });
});

it("the key of a lab's images follows them, and nothing else", () => {
  const node = (image: string, name = "r1") => ({ name, template: "", kind: "docker", settings: { image }, interfaces: {} });
  const lab = (nodes: object): Lab => ({ schema: 1, id: "1", revision: 1, name: "", nodes, networks: {}, links: [], drawings: [] }) as Lab;
  expect(imageKey(lab({ 1: { ...node("a"), kind: "netns" } }))).toBe("");
  expect(imageKey(lab({ 1: node("a"), 2: node("b") }))).toBe(imageKey(lab({ 4: node("b", "r9"), 5: node("a"), 6: node("a") })));
  expect(imageKey(lab({ 1: node("a") }))).not.toBe(imageKey(lab({ 1: node("b") })));
});
