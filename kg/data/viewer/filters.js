// Filters, which are the legend: what passes them, and how many.

const TIERS = [
  ["All", 0],
  ["Likely", 0.5],
  ["Solid", data.solid],
  ["Very sure", 0.9],
];
const sieve = {
  claims: new Uint8Array(claims.length), // passes everything
  strength: new Int32Array(claims.length), // papers behind it that pass
  nodes: new Uint8Array(nodes.length),
  support: new Int32Array(nodes.length), // papers within the years that name it
  typeCounts: [],
  relationCounts: [],
  relations: 0,
  right: 0, // how many of these are right, by their calibrated confidence
};

const allYears = () => state.from <= (years[0] ?? 0) && state.to >= (years.at(-1) ?? 0);

function sift() {
  const whole = allYears();
  const inYears = data.papers.map(
    (_, paper) => whole || (yearOf(paper) >= state.from && yearOf(paper) <= state.to && yearOf(paper) > 0),
  );
  sieve.typeCounts = data.types.map(() => 0);
  sieve.relationCounts = data.relations.map(() => 0);
  sieve.relations = 0;
  sieve.right = 0;
  for (const node of nodes) {
    const paper = isPaper(node);
    const found = paper ? 0 : whole ? papersOf[node.id].length : papersOf[node.id].filter((id) => inYears[id]).length;
    sieve.support[node.id] = found;
    const passes = paper ? inYears[node.id] : found >= state.support && (node.confidence ?? 1) >= state.confidence;
    if (passes) sieve.typeCounts[node.kind] += 1;
    sieve.nodes[node.id] = passes && !state.typesOff.has(node.kind) ? 1 : 0;
  }
  for (const claim of claims) {
    const strength = strengthOf(claim, inYears, whole);
    sieve.strength[claim.id] = strength;
    const passes =
      claim.polarity === ASSERTED &&
      strength >= Math.max(1, state.backing) &&
      sieve.nodes[claim.subject] &&
      sieve.nodes[claim.object];
    if (passes) sieve.relationCounts[claim.relation] += 1;
    sieve.claims[claim.id] = passes && !state.relationsOff.has(claim.relation) ? 1 : 0;
    if (!sieve.claims[claim.id]) continue;
    sieve.relations += 1;
    sieve.right += claim.confidence;
  }
}

function strengthOf(claim, inYears, whole) {
  if (claim.confidence < state.confidence) return 0;
  if (claim.evidence.length === 1) return inYears[claim.evidence[0].paper] ? 1 : 0;
  if (whole && !state.confidence) return claim.papers;
  return new Set(
    claim.evidence
      .filter((item) => item.confidence >= state.confidence && inYears[item.paper])
      .map((item) => item.paper),
  ).size;
}

const claimPasses = (claim) => sieve.claims[claim.id] === 1;
const edgePasses = (edge) => edge.claims.some(claimPasses);
const resultPasses = (result) =>
  result.confidence >= state.confidence &&
  (allYears() || (yearOf(result.paper) >= state.from && yearOf(result.paper) <= state.to));

// ---------------------------------------------------------------- the controls

function toggled(set, item) {
  const out = new Set(set);
  if (!out.delete(item)) out.add(item);
  return out;
}

function filterItem(icon, label, count, about, on, action) {
  const parts = [icon, el("span", {}, label), el("span", { class: "count" }, counted(count))];
  return el(
    "li",
    {},
    el("button", { type: "button", "aria-pressed": String(on), title: about || undefined, click: action }, ...parts),
  );
}

const usedTypes = data.types.map((_, kind) => nodes.some((node) => node.kind === kind));
const usedRelations = data.relations.map((_, index) =>
  claims.some((claim) => claim.relation === index && claim.polarity === ASSERTED),
);

function showFilters() {
  const focused = [...$("filters").querySelectorAll("button")].indexOf(document.activeElement);
  $("types").replaceChildren(
    ...data.types.flatMap((type, kind) =>
      usedTypes[kind]
        ? [
            filterItem(glyph(type), type.label, sieve.typeCounts[kind], type.about, !state.typesOff.has(kind), () =>
              filter({ typesOff: toggled(state.typesOff, kind) }),
            ),
          ]
        : [],
    ),
  );
  $("relations").replaceChildren(
    ...data.relations.flatMap((relation, index) => {
      if (!usedRelations[index]) return [];
      const tick = el("span", { class: "tick", "aria-hidden": "true" });
      return [
        filterItem(
          tick,
          relation.label,
          sieve.relationCounts[index],
          relation.about,
          !state.relationsOff.has(index),
          () => filter({ relationsOff: toggled(state.relationsOff, index) }),
        ),
      ];
    }),
  );
  $("tiers").replaceChildren(
    ...TIERS.map(([name, at]) =>
      button(name, () => filter({ confidence: at }), {
        "aria-pressed": String(state.confidence === at),
        title: at ? `At least ${percent(at)} sure` : "Whatever was read",
      }),
    ),
  );
  for (const name of NUMBERS) if ($(name)) $(name).value = state[name];
  $("confidence-value").textContent = `\u2265 ${percent(state.confidence)}`;
  $("support-value").textContent = `\u2265 ${state.support}`;
  $("backing-value").textContent = `\u2265 ${state.backing}`;
  const right = sieve.relations
    ? `Of the ${counted(sieve.relations)} relations that pass, about ${percent(sieve.right / sieve.relations)} are right: confidence is measured on papers that were not learnt from.`
    : "No relation passes these filters.";
  $("right").textContent = right;
  $("undated").hidden = allYears() || !undated;
  if (focused >= 0) $("filters").querySelectorAll("button")[focused]?.focus();
}

function listenToFilters() {
  const strongest = Math.max(1, ...claims.filter((claim) => claim.relation !== quiet).map((claim) => claim.papers));
  for (const [name, most] of [
    ["support", Math.max(...ranked.map(support), 1)],
    ["backing", strongest],
  ]) {
    $(name).max = Math.max(2, Math.min(most, 20));
    $(name).disabled = most < 2;
  }
  for (const name of ["confidence", "support", "backing"])
    $(name).addEventListener("input", () => filter({ [name]: Number($(name).value) }));
  $("years").hidden = years.length < 2;
  for (const name of ["from", "to"]) {
    $(name).append(...years.map((year) => el("option", { value: year }, String(year))));
    $(name).addEventListener("change", () => {
      const picked = Number($(name).value);
      filter(
        name === "from"
          ? { from: picked, to: Math.max(picked, state.to) }
          : { to: picked, from: Math.min(picked, state.from) },
      );
    });
  }
  $("undated").textContent = `${many(undated, "paper")} without a date left out.`;
}
