// Building the page, from text only: nothing here ever parses a string as markup.

const SHAPES = {
  dot: "M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13z",
  square: "M2.5 2.5h11v11h-11z",
  triangle: "M8 1.5L15 14H1z",
  triangleDown: "M8 14.5L1 2h14z",
  diamond: "M8 .8L15.2 8L8 15.2L.8 8z",
  star: "M8 .8l2.2 4.9 5.3.5-4 3.5 1.2 5.2L8 12.2l-4.7 2.7 1.2-5.2-4-3.5 5.3-.5z",
  hexagon: "M4.4 1.8h7.2L15.2 8l-3.6 6.2H4.4L.8 8z",
};
const SVG = "http://www.w3.org/2000/svg";

function el(tag, attributes = {}, ...children) {
  const out = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") out.addEventListener(name, value);
    else if (value !== undefined) out.setAttribute(name, value);
  }
  out.append(...children.flat().filter((child) => child !== undefined && child !== ""));
  return out;
}

function drawn(tag, attributes, ...children) {
  const out = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) out.setAttribute(name, value);
  out.append(...children);
  return out;
}

function glyph(type) {
  const path = drawn("path", { d: SHAPES[type.shape] ?? SHAPES.dot, fill: type.colour });
  return drawn("svg", { viewBox: "0 0 16 16", class: "glyph", "aria-hidden": "true" }, path);
}

const counted = (count) => count.toLocaleString("en");
const many = (count, one, more = `${one}s`) => `${counted(count)} ${count === 1 ? one : more}`;
const percent = (confidence) => `${Math.round(confidence * 100)}%`;
const textOf = (paper, field) => (field === 0 ? data.papers[paper].title : data.papers[paper].abstract);
const button = (text, action, attributes = {}) => el("button", { type: "button", click: action, ...attributes }, text);
const nodeLink = (node) => inlineLink(node, node.label, "link");
const numberText = (result) => `${result.number}${result.unit === "%" ? "%" : result.unit && ` ${result.unit}`}`;
const sortedBy = (list, ...keys) =>
  [...list].sort((a, b) => keys.reduce((done, key) => done || (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0), 0));

/** Return a link that flows with the text around it, which a button does not. */
function inlineLink(node, text, look_) {
  const follow = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    visit(node);
  };
  return el("a", { href: `#${new URLSearchParams({ node: node.key })}`, class: look_, click: follow }, text);
}

function webLink(paper) {
  return outLink(data.papers[paper].url, "", `the paper ${data.papers[paper].title || nodes[paper].label}`);
}

/** Return a link out of the page, or nothing where the address is none of the web. */
function outLink(address, label, what) {
  try {
    const url = new URL(address);
    if (!["http:", "https:"].includes(url.protocol)) return "";
    return el(
      "a",
      {
        href: url.href,
        target: "_blank",
        rel: "noopener noreferrer",
        "aria-label": `Open ${what} on ${label || url.host}`,
      },
      `${label || url.host} \u2197`,
    );
  } catch {
    return "";
  }
}

/** Return the names in a sentence, outermost first: of `wanted` nodes, or of all. */
function namesIn({ paper, field, start, end }, wanted) {
  return data.papers[paper].spans
    .filter(
      ([where, from, to, node]) => where === field && from >= start && to <= end && (!wanted || wanted.includes(node)),
    )
    .sort((a, b) => a[1] - b[1] || b[2] - a[2]);
}

/** Return the text of a sentence with the names of `wanted` nodes marked, and a number too where one is told. */
function marked(place, wanted, { open = false, number = "" } = {}) {
  const text = textOf(place.paper, place.field);
  const spans = namesIn(place, wanted);
  const at = number ? text.slice(place.start, place.end).indexOf(number) : -1;
  if (at >= 0) spans.push([place.field, place.start + at, place.start + at + number.length, -1]);
  spans.sort((a, b) => a[1] - b[1] || b[2] - a[2]);
  const out = document.createDocumentFragment();
  let done = place.start;
  for (const [, from, to, node] of spans) {
    if (from < done) continue; // a name inside a longer name that is already marked
    out.append(text.slice(done, from), markOf(text.slice(from, to), nodes[node], open));
    done = to;
  }
  out.append(text.slice(done, place.end));
  return out;
}

function markOf(text, node, open) {
  if (!node) return el("mark", {}, text);
  const said = open ? inlineLink(node, text, "plain") : text;
  const mark = el("mark", { title: `${typeOf(node).label}: ${node.label}` }, said);
  mark.style.setProperty("--kind", typeOf(node).colour);
  return mark;
}

/** Return the sentence from a little before its first marked name on. */
function snippet(evidence, wanted) {
  const first = Math.min(...namesIn(evidence, wanted).map((span) => span[1]));
  const far = first - evidence.start > 60 && first < evidence.end;
  const cut = far ? textOf(evidence.paper, evidence.field).lastIndexOf(" ", first - 28) + 1 : evidence.start;
  const out = marked({ ...evidence, start: Math.max(cut, evidence.start) }, wanted);
  if (cut > evidence.start) out.prepend("\u2026 ");
  return out;
}

/** Return the title of a paper, and below it date, link and what else there is to say. */
function paperLine(paper, ...more) {
  const { title, date } = data.papers[paper];
  const link = button(title || nodes[paper].label, () => visit(nodes[paper]), { class: "link" });
  const parts = [date, webLink(paper), ...more].filter(Boolean).flatMap((part) => [" \u00b7 ", part]);
  return el("span", { class: "source" }, link, parts.length ? el("br") : "", ...parts.slice(1));
}

const sureness = (confidence, rules) =>
  el(
    "span",
    {},
    `${percent(confidence)} sure, by rule${rules.length > 1 ? "s" : ""} `,
    el("code", {}, rules.join(", ")),
  );

/** Return sentences, each once with all the rules that read it. */
function sentences(evidence) {
  const out = new Map();
  for (const item of evidence) {
    const key = [item.paper, item.field, item.start, item.end].join();
    if (!out.has(key)) out.set(key, { ...item, rules: [] });
    out.get(key).rules.push(data.rules[item.rule]);
  }
  return [...out.values()];
}

function quote(evidence, wanted) {
  const caption = paperLine(evidence.paper, sureness(evidence.confidence, evidence.rules));
  return el("figure", {}, el("blockquote", {}, marked(evidence, wanted)), el("figcaption", {}, caption));
}

/** Return a box with the first `count` items and a button that adds the rest. */
function limited(items, draw, count = 8) {
  const box = el("div", {}, items.slice(0, count).map(draw));
  if (items.length > count) {
    const more = button(
      `Show ${counted(items.length - count)} more`,
      () => {
        const rest = items.slice(count).map(draw);
        more.replaceWith(...rest);
        (rest[0].matches("button") ? rest[0] : rest[0].querySelector("button"))?.focus();
      },
      { class: "more" },
    );
    box.append(more);
  }
  return box;
}

function row(type, name, meta, said, action) {
  const parts = [glyph(type), el("span", { class: "name" }, name), el("span", { class: "count" }, meta)];
  if (said) parts.push(el("span", { class: "said" }, said));
  return el("button", { type: "button", class: "row", click: action }, ...parts);
}

const section = (title, ...content) => (content.length ? [el("h3", {}, title), ...content] : []);
