// Changes, keys, theme, and the start.

/** Show the view that a change leads to: a step of the reader's trail. */
function go(change) {
  apply(change, true);
}

/** Change a filter: the view stays where it is, and so does the trail. */
function filter(change) {
  apply({ ...change }, false);
}

/** Select a node where it stands, or show it with its neighbours if it is not drawn. */
function visit(node) {
  if (state.tab === "graph" && state.view !== "around" && shown.has.has(node.id) && !state.grown.length)
    go({ node, edge: null });
  else if (state.tab === "graph" && shown.has.has(node.id) && state.node === node) reveal(node.id);
  else go({ ...SCOPE(), view: "around", centre: node, node, edge: null, tab: "graph" });
}

/** Add the neighbours of a node, or take them away again. */
function grow(node) {
  const grown = state.grown.includes(node) ? state.grown.filter((each) => each !== node) : [...state.grown, node];
  go({ grown, node, edge: null });
}

function apply(change, step_) {
  state = { ...state, lost: "", ...change };
  if (state.view === "around" && !state.centre) state.view = "overview";
  refresh(!step_);
  saveState(step_);
}

/** Show what an address says. */
function reopen(text) {
  state = stateOf(text || data.start);
  refresh();
}

function refresh(filtered = false) {
  sift();
  showTable();
  computeShown();
  const moved = state.tab === "graph" && place();
  if (state.tab === "graph") paint();
  if (!(filtered && (state.node || state.edge) && document.activeElement?.closest("#panel"))) showPanel();
  showFilters();
  showScope();
  showStatus();
  if (state.tab !== "graph") return;
  if (moved) look(null, Boolean(network?.drawn));
  else if (state.node && at.has(state.node.id)) reveal(state.node.id);
  network.drawn = true;
}

// ---------------------------------------------------------------- theme

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

// ---------------------------------------------------------------- keys and buttons

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.matches("input, select, textarea");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    $("query").focus();
  } else if (event.key === "Escape" && (state.node || state.edge)) go({ node: null, edge: null });
  else if (event.key === "Escape" && state.view !== "overview") go({ ...SCOPE(), view: "overview" });
  else if (event.key === "0" && !typing && state.tab === "graph") look(null);
}

function reset() {
  go({ ...fresh(), tab: state.tab });
  look(null);
}

let resized = 0;
function onResize() {
  clearTimeout(resized);
  resized = setTimeout(() => refresh(), 150);
}

function listen() {
  listenToSearch();
  listenToFilters();
  $("reset").addEventListener("click", reset);
  $("theme").addEventListener("click", () =>
    setTheme(stored(document.documentElement.dataset.theme === "dark" ? "light" : "dark")),
  );
  dark.addEventListener("change", () => stored() ?? setTheme(dark.matches ? "dark" : "light"));
  $("toggle-filters").addEventListener("click", () => (toggleFilters($("filters").hidden), onResize()));
  $("back").addEventListener("click", () => walk(trail.past, trail.future));
  $("forward").addEventListener("click", () => walk(trail.future, trail.past));
  $("zoom-in").addEventListener("click", () => zoomBy(1.4));
  $("zoom-out").addEventListener("click", () => zoomBy(1 / 1.4));
  $("fit").addEventListener("click", () => look(null));
  $("png").addEventListener("click", savePng);
  $("svg").addEventListener("click", saveSvg);
  $("graph").addEventListener("keydown", onGraphKey);
  addEventListener("hashchange", onHashChange);
  addEventListener("resize", onResize);
  document.addEventListener("keydown", onKey);
}

setTheme(stored() ?? (dark.matches ? "dark" : "light"));
toggleFilters(innerWidth > 1000);
trail.here = fragment() || data.start;
startTabs();
listen();
showCounts();
showTrail();
startDrawing();
reopen(trail.here);
document.documentElement.dataset.ready = "1";
// The index for search is made while the reader looks.
setTimeout(searchable, 300);
