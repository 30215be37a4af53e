import { describe, expect, it } from "vitest";
import { programOf } from "./newer";

const page = (program: string) => `<!doctype html><head><script src="/theme.js"></script>${program}</head>`;

describe("the program of a page", () => {
  it("is found whatever stands around it", () => {
    expect(programOf(page(`<script type="module" crossorigin src="/assets/index-a1.js"></script>`))).toBe("/assets/index-a1.js");
    expect(programOf(page(`<script src="/assets/index-b2.js" type="module"></script>`))).toBe("/assets/index-b2.js");
  });

  it("is not taken from a page of somebody else's", () => {
    expect(programOf(page(""))).toBeNull();
    expect(programOf("502 Bad Gateway")).toBeNull();
  });
});
