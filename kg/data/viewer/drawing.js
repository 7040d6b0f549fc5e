// The drawing itself: vis-network holds only what is shown, so that thousands of nodes cost it nothing.

const colour = {};
const nodeSet = new vis.DataSet();
const edgeSet = new vis.DataSet();
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let network = null;
let hovered = null;
let near = null; // what belongs to the selection, or null

function readColours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["canvas", "ink", "muted", "edge", "edge-text", "accent"])
    colour[name] = style.getPropertyValue(`--${name}`).trim();
}

function selection() {
  if (state.edge) return new Set([state.edge.from, state.edge.to]);
  if (!state.node || state.view === "path") return null;
  const touching = shown.edges.filter((edge) => edge.from === state.node.id || edge.to === state.node.id);
  return new Set([state.node.id, ...touching.flatMap((edge) => [edge.from, edge.to])]);
}

const onRoute = (edge) => shown.route?.edges.includes(edge);

function nodeLook({ id, shape, size, color, kind }) {
  const node = nodes[id];
  const chosen = node === state.node || (shown.route && state.ends.includes(node));
  const dim = near && !near.has(id);
  return {
    id,
    shape,
    size,
    ...at.get(id),
    kind,
    opacity: dim ? 0.4 : 1,
    borderWidth: chosen ? 3 : 1,
    color: { background: color, border: chosen ? colour.ink : colour.canvas },
  };
}

function edgeLook(edge) {
  const touched =
    edge === state.edge || (state.node && (edge.from === state.node.id || edge.to === state.node.id)) || onRoute(edge);
  const said = edge.claims.filter(claimPasses);
  const heads = (end) => said.some((claim) => claim.object === end && !data.relations[claim.relation].symmetric);
  const strength = Math.max(1, ...said.map((claim) => sieve.strength[claim.id]));
  return {
    id: edge.id,
    from: edge.from,
    to: edge.to,
    width: Math.min(5, 0.6 + 0.6 * strength) + (edge === state.edge || onRoute(edge) ? 1 : 0),
    arrows: {
      to: { enabled: heads(edge.to), scaleFactor: 0.45 },
      from: { enabled: heads(edge.from), scaleFactor: 0.45 },
    },
    color: { color: touched ? colour.accent : colour.edge, opacity: near && !touched ? 0.3 : touched ? 0.9 : 0.7 },
  };
}

/** Bring the drawing up to date with what is shown. */
function paint() {
  near = selection();
  // In a neighbourhood every line leads to the centre's world: nothing there is dimmed but for a chosen line.
  if (state.view === "around" && state.node === state.centre && state.depth > 1) near = null;
  queueLabels();
  const keptNodes = shown.has;
  const keptEdges = new Set(shown.edges.map((edge) => edge.id));
  edgeSet.remove(edgeSet.getIds().filter((id) => !keptEdges.has(id)));
  nodeSet.remove(nodeSet.getIds().filter((id) => !keptNodes.has(id)));
  nodeSet.update(shown.nodes.map((id) => nodeLook(nodes[id])));
  edgeSet.update(shown.edges.map(edgeLook));
  const busy = shown.edges.length > 900;
  if (network && busy !== network.busy)
    network.setOptions({ interaction: { hideEdgesOnDrag: busy, hideEdgesOnZoom: busy } });
  if (network) network.busy = busy;
}

function startDrawing() {
  network = new vis.Network($("graph"), { nodes: nodeSet, edges: edgeSet }, data.options);
  network.on("afterDrawing", drawLabels);
  network.on("click", onClick);
  network.on("doubleClick", ({ nodes: [id] }) => id !== undefined && grow(nodes[id]));
  network.on("dragEnd", ({ nodes: [id] }) => id !== undefined && at.set(id, network.getPosition(id)));
  network.on("hoverNode", ({ node, pointer }) => hover(nodes[node], null, pointer.DOM));
  network.on("hoverEdge", ({ edge, pointer }) => hover(null, edges[edge], pointer.DOM));
  for (const event of ["blurNode", "blurEdge", "dragStart", "zoom"]) network.on(event, () => hover(null, null));
  // The library's own frame is reachable by Tab but deaf; ours listens to keys instead.
  $("graph").querySelector(".vis-network").removeAttribute("tabindex");
}

/** Move the view to some nodes, or to all that are shown. */
function look(ids, animated = true) {
  const wanted = [...(ids ?? shown.nodes)].filter((id) => shown.has.has(id));
  if (!wanted.length) return;
  const boxes = wanted.map((id) => ({ ...at.get(id), box: boxOf(id) }));
  const [left, right] = [
    Math.min(...boxes.map(({ x, box }) => x - box.half)),
    Math.max(...boxes.map(({ x, box }) => x + box.half)),
  ];
  const [top, bottom] = [
    Math.min(...boxes.map(({ y, box }) => y - box.top)),
    Math.max(...boxes.map(({ y, box }) => y + box.bottom)),
  ];
  const { width, height } = stageSize();
  const margin = { x: 14, top: $("scope").offsetHeight + 14, bottom: height - $("status").offsetTop + 6 };
  const free = { x: width - 2 * margin.x, y: height - margin.top - margin.bottom };
  const scale = Math.max(0.05, Math.min(1.15, free.x / (right - left), free.y / (bottom - top)));
  const position = { x: (left + right) / 2, y: (top + bottom) / 2 - (margin.top - margin.bottom) / 2 / scale };
  const animation = animated && !calm.matches && { duration: 300, easingFunction: "easeInOutQuad" };
  network.moveTo({ position, scale, animation });
}

function zoomBy(factor) {
  const scale = Math.min(5, Math.max(0.03, network.getScale() * factor));
  network.moveTo({ scale, animation: !calm.matches && { duration: 150, easingFunction: "linear" } });
}

/** Bring a node into sight, if it is outside. */
function reveal(id) {
  const { x, y } = network.canvasToDOM(at.get(id));
  const { width, height } = stageSize();
  if (x > 30 && y > 60 && x < width - 30 && y < height - 60) return;
  network.moveTo({
    position: at.get(id),
    animation: !calm.matches && { duration: 300, easingFunction: "easeInOutQuad" },
  });
}

function onGraphKey(event) {
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
  const factor = { "+": 1.4, "=": 1.4, "-": 1 / 1.4 }[event.key];
  if (factor) zoomBy(factor);
  if (event.key === "n" || event.key === "p") step(event.key === "n" ? 1 : -1);
  if (!dx && !dy) return;
  event.preventDefault();
  const { x, y } = network.getViewPosition();
  const reach = 80 / network.getScale();
  network.moveTo({ position: { x: x + dx * reach, y: y + dy * reach } });
}

/** Select the next or previous node that is shown, by importance. */
function step(by) {
  const order = sortedBy(
    shown.nodes,
    (id) => -sieve.support[id],
    (id) => nodes[id].key,
  );
  if (!order.length) return;
  const place = state.node ? order.indexOf(state.node.id) : by > 0 ? -1 : order.length;
  go({ node: nodes[order[(place + by + order.length) % order.length]], edge: null });
}

function onClick({ nodes: [node], edges: [edge], pointer }) {
  const label = labelAt(pointer.DOM);
  if (node !== undefined) go({ node: nodes[node], edge: null });
  else if (label) go({ node: label, edge: null });
  else if (edge !== undefined) go({ node: null, edge: edges[edge] });
  else if (state.node || state.edge) go({ node: null, edge: null });
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
  const about = isPaper(node) ? data.papers[node.id].date : `in ${many(sieve.support[node.id], "paper")}`;
  const also = node.aliases?.length ? [el("p", {}, `also ${node.aliases.slice(0, 4).join(", ")}`)] : [];
  return [
    el("strong", {}, node.label),
    el("p", {}, [typeOf(node).label, about].filter(Boolean).join(" \u00b7 ")),
    ...also,
  ];
}

function edgeTip(edge) {
  return edge.claims
    .filter(claimPasses)
    .slice(0, 4)
    .map((claim) => {
      const meta = `${many(claim.papers, "paper")}, ${percent(claim.confidence)} sure \u00b7 click for the sentence`;
      return el(
        "div",
        {},
        el("strong", {}, nodes[claim.subject].label),
        ` ${data.relations[claim.relation].label} `,
        el("strong", {}, nodes[claim.object].label),
        el("p", {}, meta),
      );
    });
}
