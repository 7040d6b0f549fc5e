// Where the shown nodes stand. The build has placed every node; here labels get the room that this screen has.

const LINE = 15;
const at = new Map(); // node id -> { x, y }, in pixels at scale 1
const ruler = document.createElement("canvas").getContext("2d");
const boxCache = new Map();
let laid = "";

function stageSize() {
  const { clientWidth, clientHeight } = $("stage");
  return { width: Math.max(320, clientWidth), height: Math.max(260, clientHeight) };
}

const isBig = (node) => node.size >= 14;
const fontOf = (big, size = big ? 13 : 12) => `${big ? 600 : 400} ${size}px system-ui, sans-serif`;

/** Return how far a node with its label reaches from its centre, and the label's lines. */
function boxOf(id) {
  if (!boxCache.has(id)) {
    const node = nodes[id];
    const lines = wrapped(node.label);
    ruler.font = fontOf(isBig(node));
    const half = Math.max(node.size, ...lines.map((line) => ruler.measureText(line).width / 2)) + 4;
    boxCache.set(id, { lines, half, top: node.size + 3, bottom: node.size + 5 + lines.length * LINE });
  }
  return boxCache.get(id);
}

function wrapped(text) {
  const lines = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.length - 1;
    if (last >= 0 && lines[last].length + word.length < 20) lines[last] += ` ${word}`;
    else lines.push(word.length > 26 ? `${word.slice(0, 25)}\u2026` : word);
  }
  return lines.length > 3 ? [...lines.slice(0, 2), `${lines[2]}\u2026`] : lines;
}

/** Place what is shown, unless only the selection has changed. */
function place() {
  const room = stageSize();
  const key = JSON.stringify([
    state.view,
    state.centre?.id,
    state.depth,
    state.ends.map((end) => end.id),
    room,
    ...(["overview", "all"].includes(state.view) ? [shown.ids] : []),
  ]);
  if (key !== laid) {
    at.clear();
    laid = key;
  }
  const fresh = shown.nodes.filter((id) => !at.has(id));
  if (!fresh.length) return false;
  if (at.size) for (const id of fresh) settleNear(id);
  else if (state.view === "path" && shown.route.ids.length) placePath(room);
  else if (state.view === "around") placeRings(room);
  else placeMap(fresh, room);
  for (const id of shown.nodes) if (!at.has(id)) settleNear(id);
  return true;
}

/** Spread nodes over the stage as they stand on the map, and push labels apart; very many stay as they are. */
function placeMap(ids, { width, height }) {
  if (ids.length > 250) {
    const reach = Math.max(
      1,
      ...ids.map((id) => Math.max(Math.abs(nodes[id].x) / width, Math.abs(nodes[id].y) / height)),
    );
    const shrink = Math.min(1, (1.2 * Math.sqrt(ids.length / 400)) / reach);
    for (const id of ids) at.set(id, { x: nodes[id].x * shrink, y: nodes[id].y * shrink });
    if (ids.length <= 900) pushApart(ids, null, { reach: discOf, rounds: 40 });
    return;
  }
  const need = ids.reduce((sum, id) => sum + 2 * boxOf(id).half * (boxOf(id).top + boxOf(id).bottom), 0);
  const grow = Math.max(1, Math.sqrt((need * 1.9) / (width * height)));
  const half = { x: (width * grow) / 2 - 16, y: (height * grow) / 2 - 30 };
  for (const axis of ["x", "y"]) {
    const order = sortedBy(ids, (id) => nodes[id][axis]);
    const [low, high] = [nodes[order[0]][axis], nodes[order.at(-1)][axis]];
    order.forEach((id, rank) => {
      const even = order.length > 1 ? rank / (order.length - 1) : 0.5;
      const true_ = high > low ? (nodes[id][axis] - low) / (high - low) : 0.5;
      const spot = at.get(id) ?? { x: 0, y: 0 };
      at.set(id, { ...spot, [axis]: (0.7 * even + 0.3 * true_ - 0.5) * 2 * half[axis] });
    });
  }
  pushApart(ids, half);
}

/** Stand nodes in rings around the centre: each near what it hangs on, the ring as wide as the screen. */
function placeRings({ width, height }) {
  const root = state.centre.id;
  const children = new Map();
  for (const [id, { parent }] of shown.parents)
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), id]);
  for (const list of children.values())
    list.sort((a, b) => nodes[a].kind - nodes[b].kind || byImportance(nodes[a], nodes[b]));
  const leaves = (id) => (children.get(id) ?? []).reduce((sum, child) => sum + leaves(child), 0) || 1;
  const stretch = Math.max(0.7, Math.min(1.7, width / height));
  const rings = Math.max(...[...shown.parents.values()].map(({ depth }) => depth), 1);
  const step = Math.max(130, (Math.min(width / stretch, height) / 2 - 50) / rings);
  const stand = (id, low, high, depth, k) => {
    const angle = (low + high) / 2;
    // Neighbours of one ring stand nearer and farther by turns, which gives their labels room.
    const crowd = shown.parents.size > 14 && depth === rings ? [0, 0.22, -0.2][k % 3] : 0;
    const reach = depth * step * (1 + crowd / Math.max(1, depth));
    at.set(id, { x: Math.cos(angle) * reach * stretch, y: Math.sin(angle) * reach });
    let from = low;
    (children.get(id) ?? []).forEach((child, i) => {
      const to = from + ((high - low) * leaves(child)) / leaves(id);
      stand(child, from, to, depth + 1, i);
      from = to;
    });
  };
  stand(root, -Math.PI, Math.PI, 0, 0);
  at.set(root, { x: 0, y: 0 });
  if (shown.parents.size <= 250)
    pushApart(
      [...shown.parents.keys()].filter((id) => at.has(id)),
      null,
      { pinned: new Set([root]) },
    );
}

function placePath({ width }) {
  const { ids } = shown.route;
  const step = Math.max(150, Math.min(240, (width - 160) / Math.max(1, ids.length - 1)));
  ids.forEach((id, i) =>
    at.set(id, { x: (i - (ids.length - 1) / 2) * step, y: ids.length > 5 ? (i % 2 ? 46 : -46) : 0 }),
  );
}

/** Push boxes apart that overlap, along the shorter way out, within `half` where that is given. */
function pushApart(ids, half, { pinned = new Set(), reach = boxOf, rounds = 260 } = {}) {
  const spots = ids.map((id) => ({ id, spot: at.get(id), box: reach(id), firm: pinned.has(id) }));
  for (let round = 0; round < rounds; round += 1) {
    let clashes = 0;
    for (let i = 0; i < spots.length; i += 1) {
      for (let j = i + 1; j < spots.length; j += 1) clashes += part(spots[i], spots[j]);
    }
    if (half) for (const { spot, box } of spots) clampSpot(spot, box, half);
    if (!clashes) break;
  }
}

/** Return how far a node reaches without its label. */
function discOf(id) {
  const { size } = nodes[id];
  return { half: size, top: size, bottom: size };
}

function part(a, b) {
  const overX = a.box.half + b.box.half + 6 - Math.abs(a.spot.x - b.spot.x);
  if (overX <= 0) return 0;
  const above = a.spot.y < b.spot.y ? a : b;
  const below = above === a ? b : a;
  const overY = above.box.bottom + below.box.top + 3 - (below.spot.y - above.spot.y);
  if (overY <= 0) return 0;
  const share = a.firm || b.firm ? 0.9 : 0.45;
  if (overX * 0.6 < overY) {
    const way = a.spot.x < b.spot.x ? 1 : -1;
    if (!a.firm) a.spot.x -= way * share * overX;
    if (!b.firm) b.spot.x += way * share * overX;
  } else {
    if (!above.firm) above.spot.y -= share * overY;
    if (!below.firm) below.spot.y += share * overY;
  }
  return 1;
}

function clampSpot(spot, box, half) {
  spot.x = Math.max(-half.x + box.half, Math.min(half.x - box.half, spot.x));
  spot.y = Math.max(-half.y + box.top, Math.min(half.y - box.bottom, spot.y));
}

/** Give a newcomer the nearest free spot beside a node that it is joined to. */
function settleNear(id) {
  const host = edgesOf[id].map((edge) => otherEnd(edge, id)).find((other) => at.has(other) && shown.has.has(other));
  const centre = host === undefined ? { x: 0, y: 0 } : at.get(host);
  const mine = boxOf(id);
  const taken = [...at].filter(([other]) => shown.has.has(other)).map(([other, spot]) => ({ spot, box: boxOf(other) }));
  const away = Math.atan2(centre.y, centre.x);
  for (let reach = 80; reach < 4000; reach += 28) {
    for (let turn = 0; turn < 16; turn += 1) {
      const angle = away + (turn % 2 ? 1 : -1) * Math.ceil(turn / 2) * (Math.PI / 8);
      const spot = { x: centre.x + Math.cos(angle) * reach * 1.3, y: centre.y + Math.sin(angle) * reach };
      const clear = taken.every(
        ({ spot: other, box }) =>
          Math.abs(spot.x - other.x) > mine.half + box.half ||
          spot.y - other.y > box.bottom + mine.top ||
          other.y - spot.y > mine.bottom + box.top,
      );
      if (!clear) continue;
      at.set(id, spot);
      return;
    }
  }
  at.set(id, centre);
}
