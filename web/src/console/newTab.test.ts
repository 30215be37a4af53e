import { describe, expect, it } from "vitest";
import { type NewTab, showInNewTab } from "./newTab";

/** A tab that writes down what happens to it. */
function tabThatTells() {
  const told: string[] = [];
  const tab: NewTab = { opener: "us", location: { replace: (address) => told.push(`${address}, opener ${String(tab.opener)}`) }, close: () => told.push("closed") };
  return { tab, told };
}

describe("a new tab", () => {
  it("is open before the server is asked, and has no opener when it goes there", async () => {
    const { tab, told } = tabThatTells();
    const open = () => {
      told.push("opened");
      return tab;
    };
    await showInNewTab(open, () => {
      told.push("asked");
      return Promise.resolve("/html5/#/client/x?token=y");
    });
    expect(told).toEqual(["opened", "asked", "/html5/#/client/x?token=y, opener null"]);
  });

  it("is closed when the server refuses, which is told", async () => {
    const { tab, told } = tabThatTells();
    const refused = Promise.reject(new Error("Guacamole does not answer."));
    await expect(showInNewTab(() => tab, () => refused)).rejects.toThrow("Guacamole does not answer.");
    expect(told).toEqual(["closed"]);
  });

  it("that the browser refuses asks the server nothing", async () => {
    const asked: string[] = [];
    const ask = () => {
      asked.push("asked");
      return Promise.resolve("/html5/");
    };
    await expect(showInNewTab(() => null, ask)).rejects.toThrow("did not let a new tab open");
    expect(asked).toEqual([]);
  });
});
