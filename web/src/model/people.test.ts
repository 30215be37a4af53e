import { describe, expect, it } from "vitest";
import { actionOf, actionWords, agentName, holdsFor, lacks, rightNews, rightNote } from "./people";

describe("rights", () => {
  it("a lesser right has a reason, a greater one has none", () => {
    expect(lacks("own", "own", "ada")).toBeNull();
    expect(lacks("edit", "operate", "ada")).toBeNull();
    expect(lacks("view", "operate", "ada")).toBe("You can look, not start or stop. ada owns this lab.");
    expect(lacks("operate", "edit", "ada")).toBe("You can operate, not change. ada owns this lab.");
    expect(lacks("edit", "own", "ada")).toContain("Only ada");
  });

  it("a lost right is told as one, a changed one by what one may do now", () => {
    expect(rightNews(null, "WAN").title).toBe("WAN is no longer shared with you");
    expect(rightNews("operate", "WAN").text).toContain("start and stop it");
    expect(rightNote("own")).toBeNull();
    expect(rightNote("view")).toBe("You may view");
  });
});

it("names what was done as a person does, and finds it by that name", () => {
  expect(actionWords("create_session")).toBe("log in");
  expect(actionWords("start_lab")).toBe("start lab");
  expect(["Log in ", "start lab", "create_user"].map(actionOf)).toEqual(["create_session", "start_lab", "create_user"]);
});

describe("ways in", () => {
  it("tells browsers by name and system", () => {
    expect(agentName("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")).toBe("Firefox on Linux");
    expect(agentName("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0")).toBe("Chrome on Windows");
    expect(agentName("nova-ve/0.1.0")).toBe("nova-ve/0.1.0");
    expect(agentName("")).toBe("Unknown");
  });

  it("says how long a token holds", () => {
    const now = Date.UTC(2026, 10, 23);
    expect(holdsFor(now + 30 * 86_400_000, now)).toBe("for 30\u00a0days");
    expect(holdsFor(now + 5 * 3_600_000, now)).toBe("for 5\u00a0hours");
    expect(holdsFor(now - 1, now)).toBe("ended");
  });
});
