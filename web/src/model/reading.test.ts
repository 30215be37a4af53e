import { describe, expect, it } from "vitest";
import type { LossRow } from "@/api/types";
import { groupLosses, lossWords, sourceOf, topologyOf, unsetVariables, variablesIn, withFiles } from "./reading";

const file = (path: string, text = path) => ({ path, text });
const loss = (line: number, path: string, value: string, consequence = "not published", cure = "nova-ve forward"): LossRow => ({ line, path, value, consequence, cure });

describe("the topology among files", () => {
  it("is containerlab's own ending first, then the least deep", () => {
    expect(topologyOf(["a/vars.yml", "a/b/lab.clab.yml", "a/z.clab.yaml"])).toBe("a/z.clab.yaml");
    expect(topologyOf(["notes.txt", "b.yml", "a.json"])).toBe("b.yml");
    expect(topologyOf(["frr.conf"])).toBeNull();
  });

  it("has the files below its folder beside it, by paths from there", () => {
    const source = sourceOf([file("lab/two.clab.yml", "name: two"), file("lab/r1/frr.conf", "x"), file("other/secret")]);
    expect(source).toEqual({ file_name: "two.clab.yml", text: "name: two", files: { "r1/frr.conf": "x" } });
    expect(sourceOf([file("frr.conf")])).toBeNull();
  });

  it("takes a folder that was chosen later, with or without its own name", () => {
    const source = { file_name: "two.yml", text: "binds: [configs/r1.conf:/x]", files: {} };
    expect(withFiles(source, [file("configs/r1.conf", "1")]).files).toEqual({ "configs/r1.conf": "1" });
    expect(withFiles(source, [file("my-lab/configs/r1.conf", "2"), file("my-lab/two.yml")]).files).toEqual({ "configs/r1.conf": "2" });
    expect(withFiles(source, [file("startup.cfg")]).files).toEqual({ "startup.cfg": "startup.cfg" });
  });
});

describe("losses", () => {
  it("with the same meaning are one", () => {
    const rows = [loss(3, "nodes.r1.ports[0]", "1:1"), loss(4, "mgmt", "{}", "not read", "none"), loss(9, "nodes.r2.ports[0]", "2:2")];
    expect(groupLosses(rows).map((group) => group.rows.length)).toEqual([2, 1]);
  });

  it("say their places", () => {
    expect(lossWords(loss(3, "nodes.r1.ports[0]", "1:1"))).toBe("line 3, nodes.r1.ports[0]: 1:1");
    expect(lossWords({ path: "mgmt", value: "", consequence: "", cure: "" })).toBe("mgmt");
  });

  it("name the variables without a value, as problems do", () => {
    expect(variablesIn(['the image "$IMAGE" may have letters only', "${IMAGE}:${TAG:=1} is none", "5 $"])).toEqual(["IMAGE", "TAG"]);
    expect(unsetVariables([loss(1, "nodes.r1.image", "$IMAGE"), loss(2, "nodes.r1.env.A", "cost: $5"), loss(3, "b", "$1")])).toEqual(["IMAGE"]);
  });
});
