import { type Block, type Span, parseMarkdown } from "@/model/markdown";

export function Markdown({ text }: { text: string }) {
  return parseMarkdown(text).map((block, i) => <BlockView key={i} block={block} />);
}

function BlockView({ block }: { block: Block }) {
  const words = block.spans.map((span, i) => <SpanView key={i} span={span} />);
  switch (block.kind) {
    case "heading":
      return <h4>{words}</h4>;
    case "item":
      return <li>{<span>{words}</span>}</li>;
    case "todo":
    case "done":
      return <li className={`todo ${block.kind}`}>{<span>{words}</span>}</li>;
    case "line":
      return <p>{words}</p>;
  }
}

function SpanView({ span }: { span: Span }) {
  if (span.kind === "bold") return <b>{span.text}</b>;
  if (span.kind === "code") return <code>{span.text}</code>;
  return span.text;
}
