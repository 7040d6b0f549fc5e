// What the panel says while nothing is selected, and what the stage says of the view.

function guide() {
  if (state.view === "path") return pathCard();
  if (!data.papers.length)
    return [el("h2", { class: "long" }, "Nothing here yet"), el("p", {}, "This graph holds no papers.")];
  const steps = [
    ["Search", " a model, dataset, method or paper: press ", el("kbd", {}, "/"), " and type."],
    ["Click a node", " for its papers, relations and results; double-click adds its neighbours."],
    ["Click a line", " for the sentence behind it."],
    [
      "Compare",
      " models on a dataset under ",
      button("Leaderboards", () => go({ tab: "boards" }), { class: "link" }),
      ".",
    ],
  ];
  const lists = data.types.flatMap((type, kind) => {
    const top = sortedBy(
      ranked.filter((node) => node.kind === kind && passesNode(node.id)),
      (node) => -sieve.support[node.id],
    ).slice(0, 5);
    return top.length
      ? section(
          `${type.label}: most papers`,
          ...top.map((node) => row(type, node.label, many(sieve.support[node.id], "paper"), "", () => visit(node))),
        )
      : [];
  });
  const lost = state.lost
    ? [el("p", { class: "lost", role: "alert" }, `This graph holds nothing called \u201c${state.lost}\u201d.`)]
    : [];
  return [
    ...lost,
    el("h2", { class: "long" }, "Start here"),
    el("ol", { class: "steps" }, ...steps.map(([first, ...rest]) => el("li", {}, el("strong", {}, first), ...rest))),
    ...lists,
  ];
}

function pathCard() {
  const [a, b] = state.ends;
  const top = el(
    "div",
    { class: "top" },
    el("span", { class: "kind" }, "Shortest path"),
    button("\u00d7", () => go({ ...SCOPE(), view: "overview" }), { "aria-label": "Close", title: "Close (Esc)" }),
  );
  const head = el("h2", { class: "long" }, nodeLink(a), " \u2192 ", nodeLink(b));
  const { ids, edges: lines } = shown.route;
  if (!lines.length)
    return [
      top,
      head,
      el("p", {}, a === b ? "Both ends are the same." : "No chain of relations or mentions joins these two."),
    ];
  const hidden = lines.some((edge) => !edgePasses(edge));
  const note = hidden ? "Only with lines that the filters hide, mere mentions among them." : "";
  return [
    top,
    head,
    el("p", { class: "muted" }, `${many(lines.length, "step")}. ${note}`),
    ...lines.map((edge, i) => stepBox(edge, ids[i])),
  ];
}

function stepBox(edge, from) {
  const order = sortedBy(
    edge.claims.filter((claim) => claim.polarity === ASSERTED),
    (claim) => (claimPasses(claim) ? 0 : 1),
    (claim) => -claim.confidence,
  );
  const claim = order[0];
  const title = el(
    "h3",
    {},
    nodes[claim.subject].label,
    el("em", {}, ` ${data.relations[claim.relation].label} `),
    nodes[claim.object].label,
  );
  const all =
    edge.claims.length > 1 || claim.evidence.length > 1
      ? button("All evidence", () => go({ edge, node: null }), { class: "link" })
      : "";
  return el(
    "div",
    { class: "claim", "data-from": from },
    title,
    quote(sentences(claim.evidence)[0], [claim.subject, claim.object]),
    all,
  );
}

function showPanel() {
  const card = state.edge
    ? edgeCard(state.edge)
    : !state.node
      ? guide()
      : isPaper(state.node)
        ? paperCard(state.node)
        : entityCard(state.node);
  $("panel").replaceChildren(...card);
  $("panel").scrollTop = 0;
}

/** Say above the drawing what it shows, and offer what changes that. */
function showScope() {
  const home =
    state.view === "overview"
      ? []
      : [button("Overview", () => go({ ...SCOPE(), view: "overview", node: null, edge: null }), { class: "home" })];
  const parts = {
    overview: () => [el("strong", {}, "Overview"), el("span", { class: "muted" }, "the best supported")],
    around: aroundScopeText,
    path: () => [el("strong", {}, `${state.ends[0].label} \u2192 ${state.ends[1].label}`)],
    all: () => [el("strong", {}, "Map"), el("span", { class: "muted" }, "what has relations")],
  }[state.view]();
  $("where").replaceChildren(...home, ...parts);
}

function aroundScopeText() {
  const depths = DEPTHS.map((depth) =>
    button(String(depth), () => go({ depth, more: 1 }), {
      "aria-pressed": String(state.depth === depth),
      "aria-label": `Within ${many(depth, "step")}`,
    }),
  );
  return [
    el("strong", {}, state.centre.label),
    el(
      "span",
      { class: "group" },
      el("span", { class: "muted" }, "within"),
      ...depths,
      el("span", { class: "muted" }, state.depth === 1 ? "step" : "steps"),
    ),
  ];
}

/** Say how much of the graph is drawn, and offer the rest. */
function showStatus() {
  const drawnEntities = shown.nodes.filter((id) => !isPaper(nodes[id])).length;
  const passing = sieve.typeCounts.reduce(
    (sum, count, kind) => sum + (kind === data.paperType || state.typesOff.has(kind) ? 0 : count),
    0,
  );
  const parts = [`${counted(drawnEntities)} of ${many(passing, "entity", "entities")}`];
  if (shown.left > 0 && shown.nodes.length < USUAL.most)
    parts.push(
      " \u00b7 ",
      button("Show more", () => go({ more: state.more * 2 }), { class: "link" }),
    );
  else if (shown.left > 0)
    parts.push(` \u00b7 no more than ${counted(USUAL.most)} are drawn at once: filter, or search`);
  if (state.view === "overview")
    parts.push(
      " \u00b7 ",
      button("Map of all", () => go({ ...SCOPE(), view: "all" }), { class: "link" }),
    );
  if (state.view === "around" && shown.nodes.length === 1)
    parts.push(
      " \u00b7 no relation of it passes the filters. ",
      button(
        "Show all",
        () => go({ confidence: 0, support: 1, backing: 1, relationsOff: new Set(), typesOff: new Set() }),
        { class: "link" },
      ),
    );
  if (state.shut.length)
    parts.push(
      " \u00b7 ",
      button(`${counted(state.shut.length)} hidden: show`, () => go({ shut: [] }), { class: "link" }),
    );
  $("status").replaceChildren(...parts);
}

function showCounts() {
  const parts = [
    many(data.papers.length, "paper"),
    many(ranked.length, "entity", "entities"),
    many(claims.filter((claim) => claim.polarity === ASSERTED && claim.relation !== quiet).length, "relation"),
    many(results.length, "result"),
  ];
  $("counts").textContent = parts.join(" \u00b7 ");
}
