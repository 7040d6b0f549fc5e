"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const LIMIT = 1500; // more nodes than this are slow to draw and impossible to read
  const SHAPES = {
    dot: "M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13z",
    square: "M2.5 2.5h11v11h-11z",
    triangle: "M8 1.5L15 14H1z",
    triangleDown: "M8 14.5L1 2h14z",
    diamond: "M8 .8L15.2 8L8 15.2L.8 8z",
    star: "M8 .8l2.2 4.9 5.3.5-4 3.5 1.2 5.2L8 12.2l-4.7 2.7 1.2-5.2-4-3.5 5.3-.5z",
    hexagon: "M4.4 1.8h7.2L15.2 8l-3.6 6.2H4.4L.8 8z",
  };

  // ---------------------------------------------------------------- the graph as objects

  const [ASSERTED] = data.polarities.keys();
  const nodes = data.nodes;
  const edges = data.edges.map((edge, id) => ({ ...edge, id, claims: edge.claims.map((row) => claimOf(row, id)) }));
  const claimsOf = nodes.map(() => []);
  const edgesOf = nodes.map(() => []);
  const resultsOf = nodes.map(() => []);
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  const edgeOf = new Map(edges.flatMap((edge) => [[pairKey(edge), edge], [pairKey({ from: edge.to, to: edge.from }), edge]]));
  for (const edge of edges) {
    for (const end of new Set([edge.from, edge.to])) {
      edgesOf[end].push(edge);
      claimsOf[end].push(...edge.claims);
    }
  }
  const results = data.results.map(resultOf);
  for (const result of results) {
    const about = new Set([result.subject, result.target, result.metric, result.paper]);
    for (const node of about) if (node >= 0) resultsOf[node].push(result);
  }
  const isPaper = (node) => node.kind === data.paperType;
  const support = (node) => (isPaper(node) ? 0 : node.papers.length);
  const ranked = nodes.filter((node) => !isPaper(node)).sort(byImportance);
  const rank = new Map(ranked.map((node, place) => [node.id, place]));

  function claimOf([relation, subject, object, polarity, rows], edge) {
    const evidence = rows.map(evidenceOf);
    const papers = new Set(evidence.map((item) => item.paper));
    return { edge, relation, subject, object, polarity, evidence, papers: papers.size, confidence: evidence[0]?.confidence ?? 0 };
  }

  function evidenceOf([paper, field, start, end, rule, confidence]) {
    return { paper, field, start, end, rule, confidence };
  }

  function resultOf([subject, target, metric, number, unit, kind, ...place]) {
    return { subject, target, metric, number, unit, kind, ...evidenceOf(place) };
  }

  function byImportance(a, b) {
    return support(b) - support(a) || claimsOf[b.id].length - claimsOf[a.id].length || (a.key < b.key ? -1 : 1);
  }

  function pairKey(edge) {
    return `${nodes[edge.from].key} ${nodes[edge.to].key}`;
  }

  // ---------------------------------------------------------------- building the page, from text only

  function el(tag, attributes = {}, ...children) {
    const out = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") out.addEventListener(name, value);
      else if (value !== undefined) out.setAttribute(name, value);
    }
    out.append(...children.filter((child) => child !== undefined && child !== ""));
    return out;
  }

  function glyph(type) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    for (const [name, value] of [["viewBox", "0 0 16 16"], ["class", "glyph"], ["aria-hidden", "true"]]) svg.setAttribute(name, value);
    path.setAttribute("d", SHAPES[type.shape] ?? SHAPES.dot);
    path.setAttribute("fill", type.colour);
    svg.append(path);
    return svg;
  }

  const many = (count, one, more = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : more}`;
  const percent = (confidence) => `${Math.round(confidence * 100)}%`;
  const typeOf = (node) => data.types[node.kind];
  const textOf = (paper, field) => (field === 0 ? data.papers[paper].title : data.papers[paper].abstract);
  const nodeLink = (node) => el("button", { type: "button", class: "link", click: () => select({ node }) }, node.label);

  function webLink(paper) {
    try {
      const url = new URL(data.papers[paper].url);
      if (!["http:", "https:"].includes(url.protocol)) return "";
      return el("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, "open \u2197");
    } catch {
      return "";
    }
  }

  /** Return the text of a sentence with the names of `wanted` nodes marked (all names if none are given). */
  function marked({ paper, field, start, end }, wanted, open) {
    const text = textOf(paper, field);
    const spans = data.papers[paper].spans
      .filter(([where, from, to, node]) => where === field && from >= start && to <= end && (!wanted || wanted.includes(node)))
      .sort((a, b) => a[1] - b[1] || b[2] - a[2]);
    const out = document.createDocumentFragment();
    let done = start;
    for (const [, from, to, node] of spans) {
      if (from < done) continue; // a name inside a longer name that is already marked
      out.append(text.slice(done, from), markOf(text.slice(from, to), nodes[node], open));
      done = to;
    }
    out.append(text.slice(done, end));
    return out;
  }

  /** Return the sentence from a little before its first marked name on. */
  function snippet(evidence, wanted) {
    const { paper, field, start, end } = evidence;
    const places = data.papers[paper].spans.filter(([where, from, to, node]) => where === field && from >= start && to <= end && wanted.includes(node));
    const first = Math.min(...places.map((span) => span[1]));
    const cut = first - start > 60 && first < end ? textOf(paper, field).lastIndexOf(" ", first - 28) + 1 : start;
    const out = marked({ ...evidence, start: Math.max(cut, start) }, wanted);
    if (cut > start) out.prepend("\u2026 ");
    return out;
  }

  function markOf(text, node, open) {
    const mark = el("mark", { title: `${typeOf(node).label}: ${node.label}`, ...(open && { class: "open", click: () => select({ node }) }) }, text);
    mark.style.setProperty("--kind", typeOf(node).colour);
    return mark;
  }

  /** Return the title of a paper, and below it date, link and what else there is to say. */
  function paperLine(paper, ...more) {
    const { title, date } = data.papers[paper];
    const link = el("button", { type: "button", class: "link", click: () => select({ node: nodes[paper] }) }, title || nodes[paper].label);
    const parts = [date, webLink(paper), ...more].filter(Boolean).flatMap((part) => [" \u00b7 ", part]);
    return el("span", { class: "muted" }, link, el("br"), ...parts.slice(1));
  }

  function sureness(confidence, rules) {
    return el("span", {}, `${percent(confidence)} sure, by rule `, el("code", {}, rules.join(", ")));
  }

  function quote(evidence, wanted) {
    const caption = paperLine(evidence.paper, sureness(evidence.confidence, [data.rules[evidence.rule]]));
    return el("figure", {}, el("blockquote", {}, marked(evidence, wanted)), el("figcaption", {}, caption));
  }

  /** Return a box with the first `count` items and a button that adds the rest. */
  function limited(items, draw, count = 8) {
    const box = el("div", {});
    box.append(...items.slice(0, count).map(draw));
    if (items.length > count) {
      const more = el("button", { type: "button", class: "more" }, `Show ${items.length - count} more`);
      more.addEventListener("click", () => more.replaceWith(...items.slice(count).map(draw)));
      box.append(more);
    }
    return box;
  }

  function row(type, name, meta, said, action) {
    const parts = [glyph(type), el("span", { class: "name" }, name), el("span", { class: "count" }, meta)];
    if (said) parts.push(el("span", { class: "said" }, said));
    return el("button", { type: "button", class: "row", click: action }, ...parts);
  }

  function section(title, ...content) {
    return content.length ? [el("h3", {}, title), ...content] : [];
  }

  // ---------------------------------------------------------------- state, and what of the graph it shows

  const fresh = () => ({
    node: null,
    edge: null,
    typesOff: new Set(),
    relationsOff: new Set([data.quiet]),
    support: 1,
    confidence: 0,
    loners: false,
    all: false,
  });
  let state = fresh();
  let shown = { nodes: new Set(), edges: new Set() };

  function claimShown(claim) {
    const strong = claim.papers >= state.support && claim.confidence >= state.confidence;
    return strong && claim.polarity === ASSERTED && !state.relationsOff.has(claim.relation);
  }

  function nodeAllowed(node) {
    if (node === state.node) return true;
    return !state.typesOff.has(node.kind) && (state.all || isPaper(node) || rank.get(node.id) < LIMIT);
  }

  function computeShown() {
    const allowed = new Set(nodes.filter(nodeAllowed).map((node) => node.id));
    const linked = new Set(state.node ? [state.node.id] : []);
    const lines = new Set();
    for (const edge of edges) {
      const wanted = edge === state.edge || (allowed.has(edge.from) && allowed.has(edge.to) && edge.claims.some(claimShown));
      if (!wanted) continue;
      lines.add(edge.id);
      linked.add(edge.from).add(edge.to);
    }
    if (state.loners) for (const id of allowed) if (!isPaper(nodes[id])) linked.add(id);
    shown = { nodes: linked, edges: lines };
  }

  function neighbourhood() {
    if (state.edge) return new Set([state.edge.from, state.edge.to]);
    if (!state.node) return null;
    const near = edgesOf[state.node.id].filter((edge) => shown.edges.has(edge.id));
    return new Set([state.node.id, ...near.flatMap((edge) => [edge.from, edge.to])]);
  }

  // ---------------------------------------------------------------- drawing

  const colour = {};
  const nodeSet = new vis.DataSet(nodes.map(({ id, x, y, size, shape }) => ({ id, x, y, size, shape })));
  const edgeSet = new vis.DataSet(edges.map(({ id, from, to }) => ({ id, from, to })));
  const nodeView = new vis.DataView(nodeSet, { filter: (node) => shown.nodes.has(node.id) });
  const edgeView = new vis.DataView(edgeSet, { filter: (edge) => shown.edges.has(edge.id) });
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let network = null;
  let hovered = null;
  let boxes = [];

  function readColours() {
    const style = getComputedStyle(document.documentElement);
    for (const name of ["canvas", "ink", "muted", "edge", "edge-text", "accent"]) colour[name] = style.getPropertyValue(`--${name}`).trim();
  }

  function nodeLook(node, near) {
    const chosen = node === state.node;
    const border = chosen ? colour.ink : colour.canvas;
    return { id: node.id, opacity: near && !near.has(node.id) ? 0.13 : 1, borderWidth: chosen ? 3 : 1, color: { background: typeOf(node).colour, border } };
  }

  function edgeLook(edge, near) {
    const chosen = edge === state.edge || (state.node && (edge.from === state.node.id || edge.to === state.node.id));
    const claims = edge.claims.filter(claimShown);
    const heads = (end) => claims.some((claim) => claim.object === end && !data.relations[claim.relation].symmetric);
    const strength = Math.max(1, ...claims.map((claim) => claim.papers));
    return {
      id: edge.id,
      width: Math.min(5, 0.7 + 0.6 * strength) + (edge === state.edge ? 0.8 : 0),
      arrows: { to: { enabled: heads(edge.to) }, from: { enabled: heads(edge.from) } },
      color: { color: chosen && near ? colour.accent : colour.edge, opacity: near && !chosen ? 0.1 : 0.85 },
    };
  }

  function paint() {
    const near = neighbourhood();
    const drawnNodes = nodes.filter((node) => shown.nodes.has(node.id));
    const drawnEdges = edges.filter((edge) => shown.edges.has(edge.id));
    nodeSet.update(drawnNodes.map((node) => nodeLook(node, near)));
    edgeSet.update(drawnEdges.map((edge) => edgeLook(edge, near)));
  }

  function redraw() {
    computeShown();
    paint();
    nodeView.refresh();
    edgeView.refresh();
    showStatus();
  }

  function start() {
    readColours();
    computeShown();
    paint();
    nodeView.refresh();
    edgeView.refresh();
    const busy = shown.edges.size > 1200;
    const interaction = { ...data.options.interaction, hideEdgesOnDrag: busy, hideEdgesOnZoom: busy };
    network = new vis.Network($("graph"), { nodes: nodeView, edges: edgeView }, { ...data.options, interaction });
    network.on("afterDrawing", drawLabels);
    network.on("click", onClick);
    network.on("doubleClick", () => state.node && look(neighbourhood()));
    network.on("hoverNode", ({ node, pointer }) => hover(nodes[node], null, pointer.DOM));
    network.on("hoverEdge", ({ edge, pointer }) => hover(null, edges[edge], pointer.DOM));
    for (const event of ["blurNode", "blurEdge", "dragStart", "zoom"]) network.on(event, () => hover(null, null));
    // The library's own frame is reachable by Tab but deaf; ours listens to keys instead.
    $("graph").querySelector(".vis-network").removeAttribute("tabindex");
    look(null, false);
    showStatus();
  }

  /** Move the view to some nodes, or to all that are shown. */
  function look(ids, animated = true) {
    if (!shown.nodes.size) return;
    const animation = animated && !calm.matches && { duration: 350, easingFunction: "easeInOutQuad" };
    network.fit({ nodes: [...(ids ?? shown.nodes)], minZoomLevel: 0.05, maxZoomLevel: 1.6, animation });
  }

  function zoomBy(factor) {
    network.moveTo({ scale: network.getScale() * factor, animation: !calm.matches && { duration: 150, easingFunction: "linear" } });
  }

  function onGraphKey(event) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    const factor = { "+": 1.4, "=": 1.4, "-": 1 / 1.4 }[event.key];
    if (factor) zoomBy(factor);
    if (!dx && !dy) return;
    event.preventDefault();
    const { x, y } = network.getViewPosition();
    const step = 80 / network.getScale();
    network.moveTo({ position: { x: x + dx * step, y: y + dy * step } });
  }

  function onClick({ nodes: [node], edges: [edge], pointer }) {
    const label = boxes.find((box) => box.node && inside(pointer.DOM, box));
    if (node !== undefined) select({ node: nodes[node] }, { still: true });
    else if (label) select({ node: label.node }, { still: true });
    else if (edge !== undefined) select({ edge: edges[edge] }, { still: true });
    else if (state.node || state.edge) select({}, { still: true });
  }

  const inside = ({ x, y }, box) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;

  // ---------------------------------------------------------------- labels: as many as fit, the important ones first

  const lineCache = new Map();

  function wrap(text) {
    if (!lineCache.has(text)) lineCache.set(text, wrapped(text));
    return lineCache.get(text);
  }

  function wrapped(text) {
    const lines = [];
    for (const word of text.split(/\s+/)) {
      const last = lines.length - 1;
      if (last >= 0 && lines[last].length + word.length < 22) lines[last] += ` ${word}`;
      else lines.push(word);
    }
    return lines;
  }

  function drawLabels(context) {
    const near = neighbourhood();
    const ratio = context.canvas.width / context.canvas.clientWidth;
    context.save();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.textAlign = "center";
    context.textBaseline = "top";
    context.lineJoin = "round";
    context.lineWidth = 3.5;
    context.strokeStyle = colour.canvas;
    boxes = keptClear(near);
    for (const node of labelOrder(near)) drawLabel(context, node, near);
    if (near) for (const edge of edges) if (shown.edges.has(edge.id)) drawEdgeLabel(context, edge);
    context.restore();
  }

  /** Return the places of nodes that labels of lesser ones may not hide: the selected ones, else the largest. */
  function keptClear(near) {
    const scale = network.getScale();
    const kept = near ? [...near].slice(0, 80).map((id) => nodes[id]) : ranked.slice(0, 30).filter((node) => shown.nodes.has(node.id));
    return kept.map((node) => {
      const { x, y } = network.canvasToDOM(node);
      const reach = node.size * scale;
      return { left: x - reach, right: x + reach, top: y - reach, bottom: y + reach, soft: true };
    });
  }

  function labelOrder(near) {
    const scale = network.getScale();
    const wanted = (node) => shown.nodes.has(node.id) && (near ? near.has(node.id) : !isPaper(node) || scale > 1.1);
    const first = [hovered?.node, state.node].filter(Boolean);
    const papers = near || scale > 1.1 ? nodes.slice(0, data.papers.length) : [];
    return new Set([...first, ...ranked.filter(wanted), ...papers.filter(wanted)]);
  }

  function drawLabel(context, node, near) {
    const place = network.canvasToDOM(node);
    const { clientWidth, clientHeight } = context.canvas;
    if (place.x < -40 || place.y < -40 || place.x > clientWidth + 40 || place.y > clientHeight + 40) return;
    const main = node === state.node || node === hovered?.node;
    const big = main || node.size >= 14;
    context.font = `${big ? 600 : 400} ${main ? 14 : big ? 13 : 12}px system-ui, sans-serif`;
    context.fillStyle = isPaper(node) && !main ? colour.muted : colour.ink;
    const lines = wrap(node.label);
    const reach = node.size * network.getScale() + 3;
    const height = lines.length * 15;
    const width = Math.max(...lines.map((line) => context.measureText(line).width));
    const x = Math.max(width / 2 + 6, Math.min(place.x, clientWidth - width / 2 - 6));
    const tops = [place.y + reach, place.y - reach - height];
    for (const force of main ? [0, 1, 2] : big || near ? [0, 1] : [0]) {
      if (tops.some((top) => write(context, lines, { x, top, width, height, node, force }))) return;
    }
  }

  function drawEdgeLabel(context, edge) {
    const chosen = edge === state.edge || edge.from === state.node?.id || edge.to === state.node?.id;
    if (!chosen) return;
    const [a, b] = [nodes[edge.from], nodes[edge.to]].map((node) => network.canvasToDOM(node));
    const names = new Set(edge.claims.filter(claimShown).map((claim) => data.relations[claim.relation].label));
    const text = [...names].join(", ");
    if (!text || Math.hypot(a.x - b.x, a.y - b.y) < 60) return;
    context.font = "italic 11.5px system-ui, sans-serif";
    context.fillStyle = colour["edge-text"];
    const width = context.measureText(text).width;
    write(context, [text], { x: (a.x + b.x) / 2, top: (a.y + b.y) / 2 - 7, width, height: 14, force: edge === state.edge ? 2 : 0 });
  }

  /** Write lines and return true, unless something stands there: `force` 1 may hide nodes, 2 labels too. */
  function write(context, lines, { x, top, width, height, node, force }) {
    const air = network.getScale() < 0.8 ? 5 : 2;
    const box = { left: x - width / 2 - air, right: x + width / 2 + air, top: top - air / 3, bottom: top + height + air / 3, node };
    const clash = (other) => force < (other.soft ? 1 : 2) && box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom;
    if (boxes.some(clash)) return false;
    boxes.push(box);
    lines.forEach((line, i) => {
      context.strokeText(line, x, top + i * 15);
      context.fillText(line, x, top + i * 15);
    });
    return true;
  }

  // ---------------------------------------------------------------- tooltips

  function hover(node, edge, point) {
    hovered = node || edge ? { node, edge } : null;
    const tip = $("tooltip");
    tip.hidden = !hovered;
    $("graph").classList.toggle("pointing", Boolean(hovered));
    if (!hovered) return;
    tip.replaceChildren(...(node ? nodeTip(node) : edgeTip(edge)));
    const { clientWidth, clientHeight } = $("stage");
    tip.style.left = `${Math.max(6, Math.min(point.x + 14, clientWidth - tip.offsetWidth - 6))}px`;
    tip.style.top = `${Math.max(6, point.y + tip.offsetHeight + 24 > clientHeight ? point.y - tip.offsetHeight - 12 : point.y + 16)}px`;
  }

  function nodeTip(node) {
    const about = isPaper(node) ? data.papers[node.id].date : `in ${many(support(node), "paper")}`;
    const also = node.aliases?.length ? [el("p", {}, `also ${node.aliases.slice(0, 4).join(", ")}`)] : [];
    return [el("strong", {}, node.label), el("p", {}, [typeOf(node).label, about].filter(Boolean).join(" \u00b7 ")), ...also];
  }

  function edgeTip(edge) {
    return edge.claims.filter(claimShown).slice(0, 4).map((claim) => {
      const { label } = data.relations[claim.relation];
      const meta = `${many(claim.papers, "paper")}, ${percent(claim.confidence)} sure`;
      return el("div", {}, el("strong", {}, nodes[claim.subject].label), ` ${label} `, el("strong", {}, nodes[claim.object].label), el("p", {}, meta));
    });
  }

  // ---------------------------------------------------------------- the panel

  function showPanel() {
    const content = state.edge ? edgePanel(state.edge) : !state.node ? overview() : isPaper(state.node) ? paperPanel(state.node) : entityPanel(state.node);
    $("panel").replaceChildren(...content);
    $("panel").scrollTop = 0;
  }

  function panelTop(label) {
    const back = el("button", { type: "button", "aria-label": "Back", title: "Back", click: () => history.back() }, "\u2190");
    const close = el("button", { type: "button", "aria-label": "Close", title: "Close (Esc)", click: () => select({}) }, "\u00d7");
    return el("div", { class: "top" }, label, el("span", {}, back, close));
  }

  const kindOf = (node) => el("span", { class: "kind" }, glyph(typeOf(node)), typeOf(node).label);

  function entityPanel(node) {
    const claims = claimsOf[node.id].filter((claim) => claim.relation !== data.quiet);
    const meta = [many(support(node), "paper"), many(claims.filter((c) => c.polarity === ASSERTED).length, "relation"), many(resultsOf[node.id].length, "result")];
    return [
      panelTop(kindOf(node)),
      el("h2", {}, node.label),
      ...(node.aliases.length ? [el("p", { class: "muted" }, `Also: ${node.aliases.join(" \u00b7 ")}`)] : []),
      el("p", { class: "muted" }, meta.join(" \u00b7 ")),
      ...section("Introduced by", ...node.introduced.map((paper) => el("p", {}, paperLine(paper)))),
      ...relationSections(node, claims),
      ...resultSection(node),
      ...mentionSection(node),
    ];
  }

  function relationSections(node, claims) {
    const groups = new Map();
    for (const claim of claims) {
      const title = groupTitle(node, claim);
      groups.set(title, [...(groups.get(title) ?? []), claim]);
    }
    const strongest = (list) => list.sort((a, b) => b.papers - a.papers || b.confidence - a.confidence);
    return [...groups].sort().flatMap(([title, list]) => section(title, limited(strongest(list), (claim) => claimRow(node, claim), 6)));
  }

  /** Name a group of relations as seen from one end: "evaluated on ..." and "... evaluated on this". */
  function groupTitle(node, claim) {
    const { label, symmetric } = data.relations[claim.relation];
    const unsure = claim.polarity === ASSERTED ? "" : ` (${data.polarities[claim.polarity]}, not in the graph)`;
    const [, verb, note] = label.match(/^(.*?)( \(.*\))?$/);
    return (symmetric || claim.subject === node.id ? `${verb} \u2026` : `\u2026 ${verb} this`) + (note ?? "") + unsure;
  }

  function claimRow(node, claim) {
    const other = nodes[claim.subject === node.id ? claim.object : claim.subject];
    const best = claim.evidence[0];
    const said = best && snippet(best, [claim.subject, claim.object]);
    return row(typeOf(other), other.label, `${many(claim.papers, "paper")} \u00b7 ${percent(claim.confidence)}`, said, () => select({ edge: edges[claim.edge] }));
  }

  function resultSection(node) {
    const found = resultsOf[node.id];
    if (!found.length) return [];
    return section("Reported results", resultTable(found, node));
  }

  function resultTable(found, node) {
    const head = el("tr", {}, el("th", { scope: "col" }, "Value"), el("th", { scope: "col" }, "Measure"), el("th", { scope: "col" }, "Of"), el("th", { scope: "col" }, "On"));
    const body = el("tbody", {});
    const table = el("table", {}, el("thead", {}, head), body);
    body.append(...found.slice(0, 8).flatMap((result) => resultRows(result, node)));
    if (found.length <= 8) return table;
    const more = el("button", { type: "button", class: "more" }, `Show ${found.length - 8} more`);
    more.addEventListener("click", () => {
      body.append(...found.slice(8).flatMap((result) => resultRows(result, node)));
      more.remove();
    });
    return el("div", {}, table, more);
  }

  function resultRows(result, node) {
    const cell = (id) => el("td", {}, id < 0 ? "\u2013" : nodes[id] === node ? node.label : nodeLink(nodes[id]));
    const number = el("td", {}, `${result.number}${result.unit === "%" ? "%" : result.unit && ` ${result.unit}`}`);
    if (result.kind !== "absolute") number.append(" ", el("span", { class: "tag", title: "a difference, not a score" }, result.kind));
    const sentence = marked(result, [result.subject, result.target, result.metric]);
    const said = el("td", { colspan: 4 }, sentence, el("br"), paperLine(result.paper, sureness(result.confidence, [data.rules[result.rule]])));
    return [el("tr", {}, number, cell(result.metric), cell(result.subject), cell(result.target)), el("tr", { class: "said" }, said)];
  }

  function mentionSection(node) {
    const claims = claimsOf[node.id].filter((claim) => claim.relation === data.quiet);
    const newest = claims.sort((a, b) => (data.papers[a.subject].date < data.papers[b.subject].date ? 1 : -1));
    return section(`Mentioned in ${many(claims.length, "paper")}`, limited(newest, (claim) => mentionItem(claim, node), 10));
  }

  function mentionItem(claim, node) {
    const sentences = claim.evidence.filter((item) => item.field === 1);
    const shownSentences = (sentences.length ? sentences : claim.evidence).slice().sort((a, b) => a.start - b.start);
    const rules = new Set(shownSentences.map((item) => data.rules[item.rule]));
    const quotes = shownSentences.map((item) => el("blockquote", {}, marked(item, [node.id])));
    return el("figure", {}, ...quotes, el("figcaption", {}, paperLine(claim.subject, sureness(claim.confidence, [...rules]))));
  }

  function paperPanel(node) {
    const paper = data.papers[node.id];
    const whole = (field) => ({ paper: node.id, field, start: 0, end: textOf(node.id, field).length });
    const claims = claimsOf[node.id].filter((claim) => claim.relation !== data.quiet);
    const named = [...new Set(paper.spans.map((span) => span[3]))].map((id) => nodes[id]).sort((a, b) => a.kind - b.kind || byImportance(a, b));
    const meta = el("p", { class: "muted" }, [paper.date, paper.authors.join(", "), paper.source].filter(Boolean).join(" \u00b7 "), " ", webLink(node.id));
    return [
      panelTop(kindOf(node)),
      el("h2", { class: "long" }, paper.title ? marked(whole(0), null, true) : node.label),
      meta,
      el("p", { class: "abstract" }, marked(whole(1), null, true)),
      ...relationSections(node, claims),
      ...resultSection(node),
      ...section(many(named.length, "entity", "entities"), limited(named, (item) => row(typeOf(item), item.label, many(support(item), "paper"), "", () => select({ node: item })), 12)),
    ];
  }

  function edgePanel(edge) {
    const order = [...edge.claims].sort((a, b) => a.polarity - b.polarity || b.papers - a.papers || b.confidence - a.confidence);
    const ends = el("h2", { class: "long" }, nodeLink(nodes[order[0].subject]), " \u2014 ", nodeLink(nodes[order[0].object]));
    return [panelTop(el("span", { class: "kind" }, "Relation")), ends, ...order.map(claimBox)];
  }

  function claimBox(claim) {
    const { label, about } = data.relations[claim.relation];
    const unsure = claim.polarity === ASSERTED ? "" : ` (${data.polarities[claim.polarity]}, not in the graph)`;
    const title = el("h3", { title: about }, nodes[claim.subject].label, el("em", {}, ` ${label} `), nodes[claim.object].label, el("em", {}, unsure));
    const meta = el("p", { class: "muted" }, `${many(claim.papers, "paper")} \u00b7 ${percent(claim.confidence)} sure`);
    return el("div", { class: "claim" }, title, meta, limited(claim.evidence, (item) => quote(item, [claim.subject, claim.object]), 10));
  }

  function overview() {
    const help = "Click a node for its papers, relations and results; click a line for the sentence behind it. Press / to search, Esc to go back here.";
    const lists = data.types.flatMap((type, kind) => {
      const top = ranked.filter((node) => node.kind === kind).slice(0, 5);
      return top.length ? section(`${type.label}: most mentioned`, ...top.map((node) => row(type, node.label, many(support(node), "paper"), "", () => select({ node })))) : [];
    });
    const papers = limited(nodes.slice(0, data.papers.length), (node) => row(typeOf(node), node.label, data.papers[node.id].date, "", () => select({ node })), 8);
    return [
      el("h2", { class: "long" }, "Overview"),
      el("p", { class: "muted" }, help),
      ...lists,
      ...(results.length ? section("All reported results", resultTable(results)) : []),
      ...(data.papers.length ? section("Papers", papers) : []),
    ];
  }

  // ---------------------------------------------------------------- filters, which are the legend

  function toggle(set, item) {
    if (!set.delete(item)) set.add(item);
    changed();
  }

  function filterItem(icon, label, count, about, on, action) {
    const button = el("button", { type: "button", "aria-pressed": String(on), title: about || undefined, click: action }, icon, el("span", {}, label), el("span", { class: "count" }, count.toLocaleString("en")));
    return el("li", {}, button);
  }

  function showFilters() {
    const focused = [...$("filters").querySelectorAll("li button")].indexOf(document.activeElement);
    $("types").replaceChildren(...data.types.flatMap(typeItem));
    $("relations").replaceChildren(...data.relations.flatMap(relationItem));
    if (focused >= 0) $("filters").querySelectorAll("li button")[focused]?.focus();
    for (const name of ["support", "confidence"]) $(name).value = state[name];
    $("support-value").textContent = `\u2265 ${state.support}`;
    $("confidence-value").textContent = `\u2265 ${percent(state.confidence)}`;
    $("loners").checked = state.loners;
  }

  function typeItem(type, kind) {
    const count = nodes.filter((node) => node.kind === kind).length;
    return count ? [filterItem(glyph(type), type.label, count, type.about, !state.typesOff.has(kind), () => toggle(state.typesOff, kind))] : [];
  }

  function relationItem(relation, index) {
    const count = relationCounts.get(index);
    const tick = el("span", { class: "tick", "aria-hidden": "true" });
    return count ? [filterItem(tick, relation.label, count, relation.about, !state.relationsOff.has(index), () => toggle(state.relationsOff, index))] : [];
  }

  const relationCounts = new Map();
  let strongest = 1;
  for (const claim of edges.flatMap((edge) => edge.claims).filter((item) => item.polarity === ASSERTED)) {
    relationCounts.set(claim.relation, (relationCounts.get(claim.relation) ?? 0) + 1);
    if (claim.relation !== data.quiet) strongest = Math.max(strongest, claim.papers);
  }

  function showStatus() {
    const drawn = [...shown.nodes].filter((id) => !isPaper(nodes[id])).length;
    const parts = [`${drawn.toLocaleString("en")} of ${many(ranked.length, "entity", "entities")} shown`];
    if (ranked.length > LIMIT && !state.all) {
      parts.push(`, only the ${LIMIT.toLocaleString("en")} best supported are considered. `, statusButton("Show all", { all: true }));
    } else if (drawn < ranked.length && !state.loners) {
      parts.push("; the others have no relation that the filters let through. ", statusButton("Show them", { loners: true }));
    }
    $("status").replaceChildren(...parts);
  }

  function statusButton(text, change) {
    return el("button", { type: "button", click: () => changed(change) }, text);
  }

  // ---------------------------------------------------------------- search

  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const squeezed = (text) => folded(text).replace(/[\s_\-\u2010-\u2015]+/g, "");
  const names = nodes.flatMap((node) => [node.label, ...(node.aliases ?? []), ...(isPaper(node) ? [data.papers[node.id].source] : [])].map((name) => ({ node, name, folded: folded(name), squeezed: squeezed(name) })));
  let matches = [];
  let active = -1;

  function score(name, query, tight) {
    if (name.squeezed === tight) return 0;
    if (name.squeezed.startsWith(tight)) return name.name === name.node.label ? 1 : 1.5;
    if (name.folded.split(/[\s\-_/(]+/).some((word) => word.startsWith(query))) return 2;
    return name.squeezed.includes(tight) ? 3 : 9;
  }

  function find(text) {
    const [query, tight] = [folded(text.trim()), squeezed(text)];
    const best = new Map();
    for (const name of tight ? names : []) {
      const points = score(name, query, tight);
      if (points < (best.get(name.node)?.points ?? 9)) best.set(name.node, { node: name.node, name: name.name, points });
    }
    return [...best.values()].sort((a, b) => a.points - b.points || byImportance(a.node, b.node)).slice(0, 12);
  }

  function suggest() {
    const text = $("query").value;
    matches = find(text);
    active = matches.length ? 0 : -1;
    $("suggestions").replaceChildren(...(matches.length ? matches.map(suggestion) : [el("li", { class: "none" }, `Nothing is called \u201c${text.trim()}\u201d.`)]));
    $("suggestions").hidden = !text.trim();
    showActive();
  }

  function suggestion({ node, name }, place) {
    const meta = isPaper(node) ? typeOf(node).label : many(support(node), "paper");
    const alias = name === node.label ? "" : el("small", {}, `also called ${name}`);
    return el("li", { id: `match-${place}`, role: "option", mousedown: (event) => event.preventDefault(), click: () => choose(place) }, glyph(typeOf(node)), el("span", {}, node.label), el("span", { class: "count" }, meta), alias);
  }

  function showActive() {
    [...$("suggestions").children].forEach((item, place) => item.setAttribute("aria-selected", String(place === active)));
    $("query").setAttribute("aria-expanded", String(!$("suggestions").hidden));
    if (active >= 0 && !$("suggestions").hidden) {
      $("query").setAttribute("aria-activedescendant", `match-${active}`);
      $(`match-${active}`).scrollIntoView({ block: "nearest" });
    } else $("query").removeAttribute("aria-activedescendant");
  }

  function closeSuggestions() {
    $("suggestions").hidden = true;
    showActive();
  }

  function choose(place) {
    const match = matches[place];
    if (!match) return;
    closeSuggestions();
    $("query").blur();
    select({ node: match.node });
  }

  function onQueryKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && matches.length) {
      event.preventDefault();
      $("suggestions").hidden = false;
      active = (active + step + matches.length) % matches.length;
      showActive();
    } else if (event.key === "Enter") choose(active);
    else if (event.key === "Escape") {
      event.stopPropagation();
      closeSuggestions();
      $("query").blur();
    }
  }

  // ---------------------------------------------------------------- changes, and the address that remembers them

  function select({ node = null, edge = null }, { still = false } = {}) {
    changed({ node, edge }, { remember: true });
    const near = neighbourhood();
    if (near && !still) look(near);
  }

  function changed(change = {}, { remember = false } = {}) {
    state = { ...state, ...change };
    redraw();
    showFilters();
    if (remember) showPanel();
    saveState(remember);
  }

  function address() {
    const out = new URLSearchParams();
    const usual = fresh();
    if (state.node) out.set("node", state.node.key);
    if (state.edge) out.set("edge", pairKey(state.edge));
    if ($("query").value.trim()) out.set("q", $("query").value.trim());
    const hidden = (list, set) => [...set].map((index) => list[index].name).sort().join(" ");
    for (const [name, list, set] of [["types", data.types, "typesOff"], ["relations", data.relations, "relationsOff"]]) {
      if (hidden(list, state[set]) !== hidden(list, usual[set])) out.set(name, hidden(list, state[set]));
    }
    for (const name of ["support", "confidence"]) if (state[name] !== usual[name]) out.set(name, state[name]);
    for (const name of ["loners", "all"]) if (state[name]) out.set(name, "1");
    return out.toString();
  }

  /** Keep the view in the address: a selection makes an entry of the history, a filter changes the last one. */
  function saveState(remember) {
    const target = `#${address()}`;
    if (target === (location.hash || "#")) return;
    if (remember) location.hash = target;
    else location.replace(target);
  }

  function loadState() {
    const read = new URLSearchParams(location.hash.slice(1));
    const usual = fresh();
    const indices = (list, name, otherwise) => (read.has(name) ? new Set(read.get(name).split(" ").map((item) => list.findIndex((entry) => entry.name === item)).filter((index) => index >= 0)) : otherwise);
    const number = (name) => (Number.isFinite(parseFloat(read.get(name))) ? parseFloat(read.get(name)) : usual[name]);
    state = {
      node: byKey.get(read.get("node")) ?? null,
      edge: edgeOf.get(read.get("edge")) ?? null,
      typesOff: indices(data.types, "types", usual.typesOff),
      relationsOff: indices(data.relations, "relations", usual.relationsOff),
      support: number("support"),
      confidence: number("confidence"),
      loners: read.has("loners"),
      all: read.has("all"),
    };
    $("query").value = read.get("q") ?? "";
  }

  function onHashChange() {
    if (location.hash.slice(1) === address()) return;
    loadState();
    redraw();
    showFilters();
    showPanel();
    const near = neighbourhood();
    if (near) look(near);
  }

  function reset() {
    $("query").value = "";
    changed(fresh(), { remember: true });
    look(null);
  }

  // ---------------------------------------------------------------- theme, keys, start

  const dark = matchMedia("(prefers-color-scheme: dark)");

  function stored(change) {
    try {
      if (change) localStorage.setItem("kg-theme", change);
      return localStorage.getItem("kg-theme");
    } catch {
      return change; // some browsers refuse storage to local files
    }
  }

  function setTheme(theme) {
    document.documentElement.dataset.theme = theme;
    $("theme").textContent = theme === "dark" ? "\u2600" : "\u263e";
    $("theme").title = theme === "dark" ? "Light theme" : "Dark theme";
    readColours();
    if (network) paint();
  }

  function toggleFilters(visible) {
    $("filters").hidden = !visible;
    $("toggle-filters").setAttribute("aria-expanded", String(visible));
    document.querySelector("main").classList.toggle("wide", !visible);
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input[type=search]");
    if (event.key === "/" && !typing) {
      event.preventDefault();
      $("query").focus();
      $("query").select();
    } else if (event.key === "Escape" && (state.node || state.edge)) select({}, { still: true });
    else if (event.key === "0" && !typing) look(null);
  }

  function showCounts() {
    const claims = [...relationCounts].filter(([relation]) => relation !== data.quiet).reduce((sum, [, count]) => sum + count, 0);
    const parts = [many(data.papers.length, "paper"), many(ranked.length, "entity", "entities"), many(claims, "relation"), many(results.length, "result")];
    $("counts").textContent = parts.join(" \u00b7 ");
  }

  function listen() {
    $("query").addEventListener("input", () => (suggest(), saveState(false)));
    $("query").addEventListener("focus", () => $("query").value && suggest());
    $("query").addEventListener("blur", closeSuggestions);
    $("query").addEventListener("keydown", onQueryKey);
    $("support").max = Math.max(2, Math.min(strongest, 20));
    $("support").disabled = strongest < 2;
    for (const name of ["support", "confidence"]) $(name).addEventListener("input", () => changed({ [name]: Number($(name).value) }));
    $("loners").addEventListener("change", () => changed({ loners: $("loners").checked }));
    $("reset").addEventListener("click", reset);
    $("theme").addEventListener("click", () => setTheme(stored(document.documentElement.dataset.theme === "dark" ? "light" : "dark")));
    dark.addEventListener("change", () => stored() ?? setTheme(dark.matches ? "dark" : "light"));
    $("toggle-filters").addEventListener("click", () => toggleFilters($("filters").hidden));
    $("zoom-in").addEventListener("click", () => zoomBy(1.4));
    $("zoom-out").addEventListener("click", () => zoomBy(1 / 1.4));
    $("fit").addEventListener("click", () => look(null));
    $("graph").addEventListener("keydown", onGraphKey);
    addEventListener("hashchange", onHashChange);
    document.addEventListener("keydown", onKey);
  }

  setTheme(stored() ?? (dark.matches ? "dark" : "light"));
  toggleFilters(innerWidth > 820);
  loadState();
  listen();
  showCounts();
  showFilters();
  showPanel();
  start();
  const opened = neighbourhood();
  if (opened) look(opened, false);
})();
