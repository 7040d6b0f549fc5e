// What the reader looks at, and the address that remembers it.

const DEPTHS = [1, 2, 3];
const fresh = () => ({
  view: "overview", // or "around" a node, a "path" between two, or "all"
  centre: null,
  depth: 1,
  ends: [],
  more: 1, // how many times the usual number of nodes
  grown: [], // nodes whose neighbours were added
  shut: [], // nodes that were hidden
  node: null,
  edge: null,
  tab: "graph",
  board: "",
  typesOff: new Set(),
  relationsOff: new Set(roles.mentions),
  from: years[0] ?? 0,
  to: years.at(-1) ?? 0,
  confidence: data.solid,
  support: 1,
  backing: 1,
  lost: "", // what an address asked for in vain
});
let state = fresh();
const SCOPE = () => ({ centre: null, depth: 1, ends: [], more: 1, grown: [], shut: [] });
const NUMBERS = ["from", "to", "confidence", "support", "backing"];
const SETS = [
  ["types", data.types, "typesOff"],
  ["relations", data.relations, "relationsOff"],
];

function address() {
  const out = new URLSearchParams();
  const usual = fresh();
  const keys = (list) => list.map((node) => node.key).join(" ");
  if (state.view === "around") out.set("around", state.centre.key);
  if (state.view === "around" && state.depth > 1) out.set("depth", state.depth);
  if (state.view === "path") out.set("path", keys(state.ends));
  if (state.view === "all") out.set("view", "all");
  if (state.more > 1) out.set("more", state.more);
  if (state.grown.length) out.set("grown", keys(state.grown));
  if (state.shut.length) out.set("hidden", keys(state.shut));
  if (state.node && !(state.view === "around" && state.centre === state.node)) out.set("node", state.node.key);
  if (state.edge) out.set("edge", pairKey(state.edge));
  if (state.view === "overview" && (state.node || state.edge)) out.set("view", "overview");
  if (state.tab !== "graph") out.set("tab", state.tab);
  if (state.tab === "boards" && state.board) out.set("board", state.board);
  for (const name of NUMBERS) if (state[name] !== usual[name]) out.set(name, state[name]);
  for (const [name, list, set] of SETS) {
    const hidden = (from) =>
      [...from[set]]
        .map((index) => list[index].name)
        .sort()
        .join(" ");
    if (hidden(state) !== hidden(usual)) out.set(name, hidden(state));
  }
  if (data.start && !out.size) out.set("view", "overview");
  return out.toString().replaceAll("%2F", "/");
}

function stateOf(fragment) {
  const read = new URLSearchParams(fragment);
  const usual = fresh();
  const found = (name) =>
    (read.get(name) ?? "")
      .split(" ")
      .map((key) => byKey.get(key))
      .filter(Boolean);
  const number = (name) => (Number.isFinite(parseFloat(read.get(name))) ? parseFloat(read.get(name)) : usual[name]);
  const indices = (list, name) =>
    new Set(
      read
        .get(name)
        .split(" ")
        .map((item) => list.findIndex((entry) => entry.name === item))
        .filter((index) => index >= 0),
    );
  const asked = ["around", "node", "path"].flatMap((name) => (read.get(name) ?? "").split(" ").filter(Boolean));
  const lost = asked.find((key) => !byKey.has(key)) ?? "";
  const out = {
    ...usual,
    lost,
    grown: found("grown"),
    shut: found("hidden"),
    edge: edgeOfKey(read.get("edge")),
    board: read.get("board") ?? "",
  };
  const [around, node, ends] = [found("around")[0], found("node")[0] ?? null, found("path")];
  out.node = node ?? (out.edge ? null : around) ?? null;
  // A link that only names a thing shows it with its neighbours.
  const centre = around ?? (read.has("view") ? null : (node ?? (out.edge && nodes[out.edge.from])));
  if (ends.length === 2) Object.assign(out, { view: "path", ends });
  else if (centre) Object.assign(out, { view: "around", centre });
  else if (read.get("view") === "all") out.view = "all";
  out.depth = DEPTHS.includes(number("depth")) ? number("depth") : 1;
  out.more = Math.min(64, Math.max(1, Math.round(parseFloat(read.get("more")) || 1)));
  if (TABS().includes(read.get("tab"))) out.tab = read.get("tab");
  for (const name of NUMBERS) out[name] = number(name);
  for (const [name, list, set] of SETS) if (read.has(name)) out[set] = indices(list, name);
  return out;
}

// The reader's trail. A page inside another one (a notebook's frame) has no address of its own to write to.
const framed = !["file:", "http:", "https:"].includes(location.protocol);
const trail = { past: [], future: [], here: "" };

function fragment() {
  return framed ? trail.here : location.hash.slice(1);
}

/** Keep the view in the address: a step makes an entry of the history, a filter changes the last one. */
function saveState(step) {
  const target = address();
  if (target === trail.here) return;
  if (step) {
    trail.past.push(trail.here);
    trail.future = [];
  }
  trail.here = target;
  showTrail();
  if (framed) return;
  const href = `${location.href.replace(/#.*/s, "")}#${target}`;
  if (step) location.href = href;
  else location.replace(href);
}

function walk(from, to) {
  if (!from.length) return;
  if (!framed) return from === trail.past ? history.back() : history.forward();
  to.push(trail.here);
  trail.here = from.pop();
  reopen(trail.here);
  showTrail();
}

function showTrail() {
  $("back").disabled = !trail.past.length;
  $("forward").disabled = !trail.future.length;
}

/** The browser's own buttons, or an address that was typed. */
function onHashChange() {
  if (framed || fragment() === trail.here) return;
  const at = trail.past.lastIndexOf(fragment());
  if (trail.future.at(-1) === fragment()) {
    trail.past.push(trail.here);
    trail.future.pop();
  } else if (at >= 0) {
    trail.future.push(trail.here, ...trail.past.splice(at).slice(1).reverse());
  } else {
    trail.past.push(trail.here);
    trail.future = [];
  }
  trail.here = fragment();
  reopen(trail.here);
  showTrail();
}
