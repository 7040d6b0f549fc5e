// Labels: as many as fit, the important ones first; none ever covers another.

let boxes = [];
let queue = [];
const widths = new Map();

const inside = ({ x, y }, box) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
const labelAt = (point) => boxes.find((box) => box.node && inside(point, box))?.node;

function drawLabels(context) {
  const ratio = context.canvas.width / context.canvas.clientWidth;
  context.save();
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.textAlign = "center";
  context.textBaseline = "top";
  context.lineJoin = "round";
  context.lineWidth = 3.5;
  context.strokeStyle = colour.canvas;
  boxes = keptClear();
  for (const node of labelOrder()) drawLabel(context, node);
  for (const edge of shown.edges) drawEdgeLabel(context, edge);
  context.restore();
}

/** Return the places of nodes that labels of lesser ones may not hide. */
function keptClear() {
  const scale = network.getScale();
  const bar = $("where").getBoundingClientRect();
  const stage = $("stage").getBoundingClientRect();
  const taken = {
    left: bar.left - stage.left,
    right: bar.right - stage.left,
    top: bar.top - stage.top,
    bottom: bar.bottom - stage.top,
  };
  const kept = shown.nodes
    .slice(0, 120)
    .filter((id) => !near || near.has(id))
    .map((id) => {
      const { x, y } = network.canvasToDOM(at.get(id));
      const reach = nodes[id].size * scale;
      return { left: x - reach, right: x + reach, top: y - reach, bottom: y + reach, soft: true, of: id };
    });
  return [taken, ...kept];
}

/** Return the nodes to label: what is pointed at and selected first, then the best supported. */
function labelOrder() {
  const first = [hovered?.node, state.node, ...state.ends].filter((node) => node && shown.has.has(node.id));
  return new Set([...first, ...queue]);
}

/** Line the shown nodes up for labels; done when what is shown changes, not at each frame. */
function queueLabels() {
  const wanted = shown.nodes.map((id) => nodes[id]).filter((node) => !near || near.has(node.id));
  const rest = near ? shown.nodes.filter((id) => !near.has(id)).map((id) => nodes[id]) : [];
  queue = [...sortedBy(wanted, (node) => (isPaper(node) ? 1 : -support(node))), ...rest];
}

function drawLabel(context, node) {
  const spot = network.canvasToDOM(at.get(node.id));
  const { clientWidth, clientHeight } = context.canvas;
  if (spot.x < -40 || spot.y < -40 || spot.x > clientWidth + 40 || spot.y > clientHeight + 40) return;
  const main = node === state.node || node === hovered?.node;
  const dim = near && !near.has(node.id) && !main;
  context.font = fontOf(main || isBig(node));
  context.fillStyle = dim || (isPaper(node) && !main) ? colour.muted : colour.ink;
  const { lines } = boxOf(node.id);
  const reach = node.size * network.getScale() + 2;
  const height = lines.length * LINE;
  const width = widthOf(context, lines, node, main);
  const x = Math.max(width / 2 + 6, Math.min(spot.x, clientWidth - width / 2 - 6));
  const tops = [spot.y + reach, spot.y - reach - height];
  for (const force of main ? [0, 1, 2] : dim ? [0] : [0, 1]) {
    if (tops.some((top) => writeLabel(context, lines, { x, top, width, height, node, force }))) return;
  }
}

function widthOf(context, lines, node, main) {
  const key = main ? -1 - node.id : node.id;
  if (!widths.has(key)) widths.set(key, Math.max(...lines.map((line) => context.measureText(line).width)));
  return widths.get(key);
}

function drawEdgeLabel(context, edge) {
  const touched = edge === state.edge || onRoute(edge) || edge.from === state.node?.id || edge.to === state.node?.id;
  if (!touched) return;
  const [a, b] = [edge.from, edge.to].map((id) => network.canvasToDOM(at.get(id)));
  const passing = edge.claims.filter(claimPasses);
  const names = new Set((passing.length ? passing : edge.claims).map((claim) => data.relations[claim.relation].label));
  const text = [...names].join(", ");
  if (!text || Math.hypot(a.x - b.x, a.y - b.y) < 60) return;
  context.font = "italic 11.5px system-ui, sans-serif";
  context.fillStyle = colour["edge-text"];
  const width = context.measureText(text).width;
  const force = edge === state.edge || onRoute(edge) ? 1 : 0;
  // At a quarter and at three quarters too: the middle may be taken.
  for (const share of [0.5, 0.62, 0.38]) {
    const spot = { x: a.x + (b.x - a.x) * share, top: a.y + (b.y - a.y) * share - 7 };
    if (writeLabel(context, [text], { ...spot, width, height: 14, force })) return;
  }
}

/** Write lines and return true, unless something stands there: `force` 1 may hide nodes, 2 labels too. */
function writeLabel(context, lines, { x, top, width, height, node, force }) {
  const air = !node ? 6 : shown.nodes.length > 250 ? 5 : 2;
  const box = { left: x - width / 2 - air, right: x + width / 2 + air, top, bottom: top + height, node, lines, x };
  const clash = (other) =>
    force < (other.soft ? 1 : 2) &&
    (other.of === undefined || other.of !== node?.id) &&
    box.left < other.right &&
    other.left < box.right &&
    box.top < other.bottom &&
    other.top < box.bottom;
  if (boxes.some(clash)) return false;
  boxes.push(box);
  lines.forEach((line, i) => {
    context.strokeText(line, x, top + i * LINE);
    context.fillText(line, x, top + i * LINE);
  });
  return true;
}
