// Search as you type, over names, aliases, titles and ids; also what picks the far end of a path.

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const squeezed = (text) => folded(text).replace(/[\s_\-\u2010-\u2015]+/g, "");
let names = null;
let matches = [];
let active = -1;
let pathFrom = null; // set while the reader picks where a path shall lead

/** Return what can be searched for; made when it is first needed, so that the page opens at once. */
function searchable() {
  names ??= nodes.flatMap((node) => {
    const more = isPaper(node) ? [data.papers[node.id].source] : (node.aliases ?? []);
    return [node.label, ...more].filter(Boolean).map((name) => {
      const plain = folded(name);
      return { node, name, folded: plain, squeezed: plain.replace(/[\s_\-\u2010-\u2015]+/g, "") };
    });
  });
  return names;
}

function score(name, query, tight) {
  const at_ = name.squeezed.indexOf(tight);
  if (at_ < 0) return wordsIn(name.folded, query) ? 4 : 9;
  const own = name.name === name.node.label;
  if (at_ === 0 && name.squeezed.length === tight.length) return own ? 0 : 0.5;
  if (at_ === 0) return own ? 1 : 1.5;
  const spot = name.folded.indexOf(query);
  return spot > 0 && /[\s\-_/(:]/.test(name.folded[spot - 1]) ? 2 : 3;
}

/** Tell whether every word of the query begins a word of the name, in any order. */
function wordsIn(name, query) {
  const asked = query.split(/\s+/).filter(Boolean);
  if (asked.length < 2) return false;
  const said = name.split(/[^\p{L}\p{N}]+/u);
  return asked.every((word) => said.some((each) => each.startsWith(word)));
}

function find(text) {
  const [query, tight] = [folded(text.trim()), squeezed(text)];
  const best = new Map();
  for (const name of tight ? searchable() : []) {
    const points = score(name, query, tight) + (isPaper(name.node) ? 0.6 : 0);
    if (points < (best.get(name.node)?.points ?? 9)) best.set(name.node, { node: name.node, name: name.name, points });
  }
  return [...best.values()].sort((a, b) => a.points - b.points || byImportance(a.node, b.node));
}

function suggest() {
  const text = $("query").value;
  const all = find(text);
  matches = all.slice(0, 12);
  active = matches.length ? 0 : -1;
  const more =
    all.length > matches.length
      ? [el("li", { class: "none", role: "presentation" }, `and ${counted(all.length - matches.length)} more: type on`)]
      : [];
  $("suggestions").replaceChildren(
    ...(matches.length
      ? [...matches.map(suggestion), ...more]
      : [el("li", { class: "none", role: "presentation" }, `Nothing is called \u201c${text.trim()}\u201d.`)]),
  );
  $("suggestions").hidden = !text.trim();
  $("found").textContent = text.trim() ? many(all.length, "match", "matches") : "";
  showActive();
}

function suggestion({ node, name }, place_) {
  const meta = isPaper(node)
    ? data.papers[node.id].date.slice(0, 4) || typeOf(node).label
    : many(support(node), "paper");
  const alias = name === node.label ? "" : el("small", {}, isPaper(node) ? name : `also called ${name}`);
  const parts = [
    glyph(typeOf(node)),
    el("span", { class: "name" }, node.label),
    el("span", { class: "count" }, meta),
    alias,
  ];
  return el(
    "li",
    {
      id: `match-${place_}`,
      role: "option",
      "aria-label": `${node.label}, ${typeOf(node).label}, ${meta}`,
      mousedown: (event) => event.preventDefault(),
      click: () => choose(place_),
    },
    ...parts,
  );
}

function showActive() {
  const open = !$("suggestions").hidden;
  [...$("suggestions").querySelectorAll("[role=option]")].forEach((item, place_) =>
    item.setAttribute("aria-selected", String(place_ === active)),
  );
  $("query").setAttribute("aria-expanded", String(open));
  if (active >= 0 && open) {
    $("query").setAttribute("aria-activedescendant", `match-${active}`);
    $(`match-${active}`).scrollIntoView({ block: "nearest" });
  } else $("query").removeAttribute("aria-activedescendant");
}

function closeSuggestions() {
  $("suggestions").hidden = true;
  showActive();
}

function choose(place_) {
  const match = matches[place_];
  if (!match) return;
  const from = pathFrom;
  closeSuggestions();
  $("query").value = "";
  $("query").blur();
  if (from) go({ ...SCOPE(), view: "path", ends: [from, match.node], node: null, edge: null, tab: "graph" });
  else visit(match.node);
  $("panel").focus({ preventScroll: true });
}

/** Ask for the far end of a path in the search box. */
function askPath(node) {
  pathFrom = node;
  $("query").value = "";
  $("query").placeholder = `Path from ${node.label} to \u2026`;
  $("search").classList.add("path");
  $("query").focus();
}

function onQueryBlur() {
  closeSuggestions();
  pathFrom = null;
  $("search").classList.remove("path");
  $("query").placeholder = "Search a name, alias or paper";
}

function onQueryKey(event) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by && matches.length) {
    event.preventDefault();
    $("suggestions").hidden = false;
    active = (active + by + matches.length) % matches.length;
    showActive();
  } else if (event.key === "Enter") choose(active);
  else if (event.key === "Escape") {
    event.stopPropagation();
    closeSuggestions();
    $("query").blur();
  }
}

function listenToSearch() {
  $("query").addEventListener("input", suggest);
  $("query").addEventListener("focus", () => (searchable(), $("query").value && suggest()));
  $("query").addEventListener("blur", onQueryBlur);
  $("query").addEventListener("keydown", onQueryKey);
}
