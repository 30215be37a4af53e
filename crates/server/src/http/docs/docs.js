// Draws openapi.json as a page. Text goes in as text, never as markup.
"use strict";

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Words with `code` in them.
const inProse = (words) =>
  words.split("`").map((part, index) => (index % 2 === 1 ? element("code", {}, part) : part));

const nameOf = (reference) => reference.split("/").pop();

// A schema in one line: `LabDetail`, `string[]`, `integer`.
function inWords(schema) {
  if (!schema) return "";
  if (schema.$ref) return nameOf(schema.$ref);
  if (schema.oneOf) return schema.oneOf.map(inWords).join(" | ");
  if (schema.type === "array") return `${inWords(schema.items)}[]`;
  return [schema.type].flat().join(" | ");
}

// The types a schema leads to, each once, as JSON schemas to unfold.
function typesOf(schema, all, found = new Map()) {
  for (const [, name] of JSON.stringify(schema ?? {}).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
    if (found.has(name) || !all[name]) continue;
    found.set(name, all[name]);
    typesOf(all[name], all, found);
  }
  return found;
}

function drawTypes(schemas, all) {
  const found = new Map();
  for (const schema of schemas) typesOf(schema, all, found);
  return [...found].map(([name, schema]) =>
    element("details", {}, element("summary", {}, element("code", {}, name)),
      element("pre", {}, JSON.stringify(schema, null, 2))));
}

function drawTable(rows) {
  const body = rows.map(([name, kind, words]) =>
    element("tr", {}, element("th", { scope: "row" }, element("code", {}, name)),
      element("td", {}, element("code", {}, kind)), element("td", {}, ...inProse(words ?? ""))));
  return element("table", {}, ...body);
}

function drawOperation(path, method, operation, all) {
  const parts = [element("h3", {}, element("span", {}, method.toUpperCase()), path)];
  for (const words of [operation.summary, operation.description]) {
    if (words) parts.push(element("p", {}, ...inProse(words)));
  }
  const parameters = (operation.parameters ?? []).map((one) => [one.name, inWords(one.schema), one.description]);
  if (parameters.length > 0) parts.push(drawTable(parameters));
  const schemas = [];
  for (const [kind, content] of Object.entries(operation.requestBody?.content ?? {})) {
    schemas.push(content.schema);
    parts.push(element("p", {}, "Body: ", element("code", {}, inWords(content.schema)), ` (${kind})`));
  }
  const answers = Object.entries(operation.responses).map(([status, answer]) => {
    const contents = Object.values(answer.content ?? {});
    schemas.push(...contents.map((content) => content.schema));
    return [status, contents.map((content) => inWords(content.schema)).join(", "), answer.description];
  });
  parts.push(drawTable(answers), ...drawTypes(schemas, all));
  const article = element("article", { id: operation.operationId }, ...parts);
  article.dataset.words = `${path} ${operation.operationId} ${operation.summary ?? ""}`.toLowerCase();
  return article;
}

function draw(openapi) {
  document.getElementById("introduction").replaceChildren(...inProse(openapi.info.description));
  const tags = new Map();
  for (const [path, item] of Object.entries(openapi.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const tag = operation.tags?.[0] ?? "other";
      if (!tags.has(tag)) tags.set(tag, []);
      tags.get(tag).push([path, method, operation]);
    }
  }
  const index = document.getElementById("index");
  const main = document.getElementById("operations");
  for (const [tag, operations] of tags) {
    index.append(element("strong", {}, tag));
    main.append(element("h2", {}, tag));
    for (const [path, method, operation] of operations) {
      index.append(element("a", { href: `#${operation.operationId}` }, operation.operationId));
      main.append(drawOperation(path, method, operation, openapi.components.schemas));
    }
  }
  // The browser looked for the address's operation before it was drawn.
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

function find(words) {
  for (const article of document.querySelectorAll("article")) {
    article.hidden = !article.dataset.words.includes(words.trim().toLowerCase());
  }
}

document.getElementById("find").addEventListener("input", (event) => find(event.target.value));
fetch("/api/openapi.json").then((answer) => answer.json()).then(draw);
