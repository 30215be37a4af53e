// The little markdown that notes need: headings, lists, to-dos, bold, code. No links, no HTML: the
// result is a tree of words, which the page draws as text.

export type Span = { kind: "text" | "bold" | "code"; text: string };
export type Block = { kind: "heading" | "item" | "todo" | "done" | "line"; spans: Span[] };

const STARTS: [RegExp, Block["kind"]][] = [
  [/^#{1,6}\s+/, "heading"],
  [/^[-*]\s+\[ \]\s+/, "todo"],
  [/^[-*]\s+\[[xX]\]\s+/, "done"],
  [/^[-*]\s+/, "item"],
];

export function parseMarkdown(text: string): Block[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const found = STARTS.find(([start]) => start.test(line));
      return { kind: found?.[1] ?? "line", spans: parseSpans(found ? line.replace(found[0], "") : line) };
    });
}

function parseSpans(text: string): Span[] {
  const spans: Span[] = [];
  for (const part of text.split(/(\*\*[^*]+\*\*|`[^`]+`)/)) {
    if (part === "") continue;
    if (part.startsWith("**") && part.endsWith("**") && part.length > 4) spans.push({ kind: "bold", text: part.slice(2, -2) });
    else if (part.startsWith("`") && part.endsWith("`") && part.length > 2) spans.push({ kind: "code", text: part.slice(1, -1) });
    else spans.push({ kind: "text", text: part });
  }
  return spans;
}
