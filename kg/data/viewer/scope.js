// What of the graph is drawn: an overview, a neighbourhood, a path, or as much as can be read.

const USUAL = { around: [0, 36, 70, 110], grow: 24, all: 400, most: 3000 };
let shown = { nodes: [], edges: [], left: 0, parents: new Map(), route: null };

const passesNode = (id) => sieve.nodes[id] === 1;

/** Return the ids next to a node over lines that pass, the best supported first. */
function neighbours(id) {
  const found = edgesOf[id].filter(edgePasses).map((edge) => {
    const best = Math.max(...edge.claims.filter(claimPasses).map((claim) => sieve.strength[claim.id]));
    const other = otherEnd(edge, id);
    return { other, best, paper: isPaper(nodes[other]) };
  });
  return found
    .filter(({ other }) => other !== id)
    .sort((a, b) => a.paper - b.paper || b.best - a.best || byImportance(nodes[a.other], nodes[b.other]))
    .map(({ other }) => other);
}

function computeShown() {
  const scope = { overview: overviewScope, around: aroundScope, path: pathScope, all: allScope }[state.view]();
  const ids = new Set(scope.ids);
  for (const node of state.grown) for (const id of [node.id, ...neighbours(node.id).slice(0, USUAL.grow)]) ids.add(id);
  for (const node of state.shut) ids.delete(node.id);
  if (state.edge) ids.add(state.edge.from).add(state.edge.to);
  if (state.node) ids.add(state.node.id);
  const kept = new Set(scope.route?.edges.map((edge) => edge.id));
  if (state.edge) kept.add(state.edge.id);
  const lines = new Set();
  for (const id of ids)
    for (const edge of edgesOf[id])
      if (ids.has(otherEnd(edge, id)) && (kept.has(edge.id) || edgePasses(edge))) lines.add(edge.id);
  shown = {
    left: 0,
    parents: new Map(),
    route: null,
    ...scope,
    nodes: [...ids],
    edges: [...lines].map((id) => edges[id]),
  };
  shown.has = ids;
}

/** Return the best supported entities, with the families and variants of these, as many as the screen can label. */
function overviewScope() {
  const room = stageSize();
  const most =
    Math.max(10, Math.min(90, Math.round((room.width * room.height) / (room.width < 600 ? 10500 : 9000)))) * state.more;
  const passing = ranked
    .filter((node) => passesNode(node.id))
    .sort((a, b) => sieve.support[b.id] - sieve.support[a.id]);
  const ids = new Set(passing.slice(0, Math.round(most * 0.8)).map((node) => node.id));
  const families = [...ids].flatMap((id) =>
    edgesOf[id]
      .filter((edge) => edge.claims.some((claim) => claimPasses(claim) && roles.variant.includes(claim.relation)))
      .map((edge) => otherEnd(edge, id)),
  );
  for (const id of sortedBy(
    families.filter(passesNode).map((each) => nodes[each]),
    (node) => -sieve.support[node.id],
  ).map((node) => node.id))
    if (ids.size < most) ids.add(id);
  for (const node of passing) if (ids.size < most) ids.add(node.id);
  return { ids: [...ids], left: passing.length - ids.size };
}

/** Return everything within some steps of a node, step by step the best supported. */
function aroundScope() {
  const { id } = state.centre;
  const most = Math.min(USUAL.most, USUAL.around[state.depth] * state.more);
  const parents = new Map([[id, { parent: null, depth: 0 }]]);
  let ring = [id];
  let left = 0;
  for (let depth = 1; depth <= state.depth; depth += 1) {
    // Each node of the ring in turn gives its next best, so that none takes all the room.
    const queues = ring.map((from) => ({ from, ids: neighbours(from) }));
    const room = depth === state.depth ? most : Math.ceil(most * (depth / (state.depth + 0.6)));
    ring = [];
    for (let turn = 0; queues.some(({ ids }) => turn < ids.length); turn += 1) {
      for (const { from, ids } of queues) {
        const next = ids[turn];
        if (next === undefined || parents.has(next)) continue;
        if (parents.size > room) left += 1;
        else {
          parents.set(next, { parent: from, depth });
          ring.push(next);
        }
      }
    }
  }
  return { ids: [...parents.keys()], left, parents };
}

function allScope() {
  const linked = ranked.filter((node) => passesNode(node.id) && edgesOf[node.id].some(edgePasses));
  const most = Math.min(USUAL.most, USUAL.all * state.more);
  return { ids: linked.slice(0, most).map((node) => node.id), left: Math.max(0, linked.length - most) };
}

function pathScope() {
  const [a, b] = state.ends;
  const route =
    shortestPath(a.id, b.id, edgePasses) ??
    shortestPath(a.id, b.id, (edge) => edge.claims.some((claim) => claim.polarity === ASSERTED));
  return { ids: route ? route.ids : [a.id, b.id], route: route ?? { ids: [], edges: [] } };
}

/** Return the nodes and lines of a shortest way, of several the one whose lines are surest; null if there is none. */
function shortestPath(from, to, usable) {
  const surest = (edge) =>
    Math.max(0, ...edge.claims.filter((claim) => claim.polarity === ASSERTED).map((claim) => claim.confidence));
  const best = new Map([[from, { steps: 0, cost: 0, edge: null, back: null }]]);
  let ring = [from];
  for (let steps = 1; ring.length && !best.has(to); steps += 1) {
    const next = new Set();
    for (const id of ring) {
      for (const edge of edgesOf[id]) {
        const other = otherEnd(edge, id);
        const known = best.get(other);
        if ((known && known.steps < steps) || !usable(edge)) continue;
        const cost = best.get(id).cost + 1 - surest(edge);
        if (known && known.cost <= cost) continue;
        best.set(other, { steps, cost, edge, back: id });
        next.add(other);
      }
    }
    ring = [...next];
  }
  if (!best.has(to)) return null;
  const ids = [to];
  const lines = [];
  while (ids[0] !== from) {
    const { edge, back } = best.get(ids[0]);
    ids.unshift(back);
    lines.unshift(edge);
  }
  return { ids, edges: lines };
}
