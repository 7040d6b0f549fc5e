// The panel: what is known of a node, a paper or a line, each with the sentences that say so.

const kindOf = (node) => el("span", { class: "kind" }, glyph(typeOf(node)), typeOf(node).label);
const saidOf = (node) => claimsOf(node).filter((claim) => !roles.mentions.includes(claim.relation));

function panelTop(label) {
  const close = button("\u00d7", () => go({ node: null, edge: null }), { "aria-label": "Close", title: "Close (Esc)" });
  return el("div", { class: "top" }, label, close);
}

/** Return what can be done with a node: see its surroundings, add them, hide it, find a way from it. */
function nodeActions(node) {
  const around = state.view === "around" && state.centre === node;
  const depths = DEPTHS.map((depth) =>
    button(
      String(depth),
      () => go({ ...SCOPE(), view: "around", centre: node, depth, node, edge: null, tab: "graph" }),
      {
        "aria-pressed": String(around && state.depth === depth),
        "aria-label": `Show what is within ${many(depth, "step")}`,
      },
    ),
  );
  const grown = state.grown.includes(node);
  const out = [el("span", { class: "group" }, el("span", { class: "muted" }, "Within steps"), ...depths)];
  if (!around)
    out.push(button(grown ? "Hide neighbours" : "Add neighbours", () => grow(node), { "aria-pressed": String(grown) }));
  out.push(button("Path to \u2026", () => askPath(node)));
  if (!around)
    out.push(
      button("Hide", () =>
        go({ shut: [...state.shut, node], grown: state.grown.filter((each) => each !== node), node: null }),
      ),
    );
  return el("div", { class: "actions" }, out);
}

function entityCard(node) {
  const said = saidOf(node).filter((claim) => claim.polarity === ASSERTED);
  const meta = [many(support(node), "paper"), many(said.length, "relation"), many(resultsOf[node.id].length, "result")];
  if (node.parameters) meta.push(`${counted(node.parameters)} parameters`);
  if (node.better) meta.push(`${node.better} is better`);
  return [
    panelTop(kindOf(node)),
    el("h2", {}, node.label),
    ...(node.aliases.length ? [el("p", { class: "muted" }, `Also: ${node.aliases.join(" \u00b7 ")}`)] : []),
    el("p", { class: "muted" }, meta.join(" \u00b7 ")),
    ...(node.links.length ? [el("p", {}, node.links.flatMap(([label, page]) => [outLink(page, label, node.label), " "]))] : []),
    nodeActions(node),
    ...section("Introduced by", ...introducedBy[node.id].map((paper) => el("p", {}, paperLine(paper)))),
    ...relationSections(node),
    ...resultSection(node),
    ...mentionSection(node),
  ];
}

/** Name a group of relations as seen from one end: "evaluated on ..." and "... evaluated on this". */
function groupTitle(node, { relation, subject, polarity }) {
  const { label, symmetric } = data.relations[relation];
  const unsure = polarity === ASSERTED ? "" : ` (${data.polarities[polarity]}, not in the graph)`;
  const [, verb, note] = label.match(/^(.*?)( \(.*\))?$/s);
  const title = symmetric || subject === node.id ? `${verb} \u2026` : `\u2026 ${verb} this`;
  return title + (note ?? "") + unsure;
}

/** Order the groups of a card: families, training, evaluation, then the rest. */
function groupOrder({ relation, polarity }) {
  const first = [roles.variant, roles.trained, roles.evaluated].findIndex((list) => list.includes(relation));
  return (polarity === ASSERTED ? 0 : 100) + (first < 0 ? 10 : first);
}

function relationSections(node) {
  const groups = new Map();
  for (const claim of saidOf(node)) {
    if (!isPaper(node) && roles.presents.includes(claim.relation) && claim.polarity === ASSERTED) continue; // stands above
    const title = groupTitle(node, claim);
    if (!groups.has(title)) groups.set(title, []);
    groups.get(title).push(claim);
  }
  const order = sortedBy(
    groups,
    ([, [claim]]) => groupOrder(claim),
    ([title]) => title,
  );
  return order.flatMap(([title, list]) => section(`${title} (${list.length})`, claimList(node, list)));
}

/** Return the claims that pass the filters first, and behind a button those that are less sure. */
function claimList(node, list) {
  const order = sortedBy(
    list,
    (claim) => -claim.papers,
    (claim) => -claim.confidence,
  );
  const sure = order.filter((claim) => claim.confidence >= state.confidence);
  const unsure = order.filter((claim) => claim.confidence < state.confidence);
  const box = el("div", {}, sure.length ? limited(sure, (claim) => claimRow(node, claim), 6) : "");
  if (unsure.length) {
    const more = button(
      `${counted(unsure.length)} less sure than ${percent(state.confidence)}`,
      () => more.replaceWith(...unsure.map((claim) => claimRow(node, claim))),
      { class: "more" },
    );
    box.append(more);
  }
  return box;
}

function claimRow(node, claim) {
  const other = nodes[claim.subject === node.id ? claim.object : claim.subject];
  const said = claim.evidence[0] && snippet(claim.evidence[0], [claim.subject, claim.object]);
  return row(
    typeOf(other),
    other.label,
    `${claim.papers > 1 ? `${many(claim.papers, "paper")} \u00b7 ` : ""}${percent(claim.confidence)}`,
    said,
    () => go({ node: null, edge: edges[claim.edge] }),
  );
}

function resultSection(node) {
  const found = sortedBy(resultsOf[node.id], (result) => -result.confidence);
  return found.length
    ? section(
        `Reported results (${found.length})`,
        limited(found, (result) => resultItem(result, node), 6),
      )
    : [];
}

function resultItem(result, node) {
  const parts = [
    ["", result.metric],
    ["of ", result.subject],
    ["on ", result.target],
  ].filter(([, id]) => id >= 0 && nodes[id] !== node);
  const what = parts.flatMap(([word, id]) => [` ${word}`, nodeLink(nodes[id])]);
  const kind =
    result.kind === "absolute" ? "" : el("span", { class: "tag", title: "A difference, not a score" }, "difference");
  const head = el("p", {}, el("strong", { class: "number" }, numberText(result)), kind ? " " : "", kind, ...what);
  const said = el(
    "blockquote",
    {},
    marked(result, [result.subject, result.target, result.metric], { number: result.number }),
  );
  return el(
    "figure",
    { class: result.confidence < state.confidence ? "unsure" : undefined },
    head,
    said,
    el("figcaption", {}, paperLine(result.paper, sureness(result.confidence, [data.rules[result.rule]]))),
  );
}

function mentionSection(node) {
  const found = claimsOf(node).filter((claim) => roles.mentions.includes(claim.relation) && claim.object === node.id);
  const newest = sortedBy(found, (claim) => (data.papers[claim.subject].date ? 0 : 1)).sort((a, b) =>
    data.papers[a.subject].date < data.papers[b.subject].date ? 1 : -1,
  );
  return found.length
    ? section(
        `Mentioned in ${many(found.length, "paper")}`,
        limited(newest, (claim) => mentionItem(claim, node), 8),
      )
    : [];
}

function mentionItem(claim, node) {
  const inText = claim.evidence.filter((item) => item.field === 1);
  const shownSentences = sortedBy(inText.length ? inText : claim.evidence, (item) => item.start);
  const rules = new Set(shownSentences.map((item) => data.rules[item.rule]));
  const quotes = shownSentences.map((item) => el("blockquote", {}, marked(item, [node.id])));
  return el(
    "figure",
    {},
    ...quotes,
    el("figcaption", {}, paperLine(claim.subject, sureness(claim.confidence, [...rules]))),
  );
}

function paperCard(node) {
  const paper = data.papers[node.id];
  const whole = (field) => ({ paper: node.id, field, start: 0, end: textOf(node.id, field).length });
  const named = sortedBy(
    [...new Set(paper.spans.map((span) => span[3]))].map((id) => nodes[id]),
    (item) => item.kind,
    (item) => -support(item),
  );
  const meta = [paper.date, paper.authors.join(", "), paper.source].filter(Boolean).join(" \u00b7 ");
  return [
    panelTop(kindOf(node)),
    el("h2", { class: "long" }, paper.title ? marked(whole(0), null, { open: true }) : node.label),
    el("p", { class: "muted" }, meta, " ", webLink(node.id)),
    nodeActions(node),
    el("p", { class: "abstract" }, marked(whole(1), null, { open: true })),
    ...relationSections(node),
    ...resultSection(node),
    ...(named.length
      ? section(
          `Names ${many(named.length, "entity", "entities")}`,
          limited(
            named,
            (item) => row(typeOf(item), item.label, many(support(item), "paper"), "", () => visit(item)),
            12,
          ),
        )
      : []),
  ];
}

function edgeCard(edge) {
  const order = sortedBy(
    edge.claims,
    (claim) => claim.polarity,
    (claim) => -claim.papers,
    (claim) => -claim.confidence,
  );
  const ends = el(
    "h2",
    { class: "long" },
    nodeLink(nodes[order[0].subject]),
    " \u2014 ",
    nodeLink(nodes[order[0].object]),
  );
  return [panelTop(el("span", { class: "kind" }, "Evidence")), ends, ...order.map(claimBox)];
}

function claimBox(claim) {
  const { label, about } = data.relations[claim.relation];
  const unsure = claim.polarity === ASSERTED ? "" : ` (${data.polarities[claim.polarity]}, not in the graph)`;
  const title = el(
    "h3",
    { title: about },
    nodes[claim.subject].label,
    el("em", {}, ` ${label} `),
    nodes[claim.object].label,
    el("em", {}, unsure),
  );
  const meta = el("p", { class: "muted" }, `${many(claim.papers, "paper")} \u00b7 ${percent(claim.confidence)} sure`);
  return el(
    "div",
    { class: "claim" },
    title,
    meta,
    limited(sentences(claim.evidence), (item) => quote(item, [claim.subject, claim.object]), 10),
  );
}
