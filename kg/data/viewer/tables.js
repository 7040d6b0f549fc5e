// Tables of every type: sortable, filtered like the graph, to be had as CSV.

const TABS = () => ["graph", ...data.types.flatMap((type, kind) => (usedTypes[kind] ? [type.name] : [])), "boards"];
const tabLabel = (tab) =>
  tab === "graph"
    ? "Graph"
    : tab === "boards"
      ? "Leaderboards"
      : `${data.types.find((type) => type.name === tab).label}s`;
const PAGE = 100;
const sorting = {}; // tab -> { column, down }
const numeric = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

const touching = (node, list, subject) =>
  new Set(
    claimsOf(node)
      .filter(
        (claim) =>
          list.includes(claim.relation) &&
          claim.polarity === ASSERTED &&
          claim.confidence >= state.confidence &&
          (subject ? claim.subject : claim.object) === node.id,
      )
      .map((claim) => (subject ? claim.object : claim.subject)),
  );
const labels = (ids) =>
  [...ids]
    .map((id) => nodes[id].label)
    .sort(numeric.compare)
    .join("; ");
const firstYear = (node) => Math.min(...papersOf[node.id].map(yearOf).filter(Boolean));

/** Return the columns of a table: title, value of a node, and whether it is a number. */
function tableColumns(kind) {
  const name = ["Name", (node) => node.label];
  const relations = ["Relations", (node) => saidOf(node).filter(claimPasses).length, true];
  const numbers = ["Results", (node) => resultsOf[node.id].filter(resultPasses).length, true];
  if (kind === data.paperType) {
    const introduced = ["Introduces", (node) => labels(touching(node, roles.presents, true))];
    const date = ["Date", (node) => data.papers[node.id].date];
    return [
      ["Title", (node) => node.label],
      ...(years.length ? [date] : []),
      introduced,
      ["Names", (node) => new Set(data.papers[node.id].spans.map((span) => span[3])).size, true],
      numbers,
    ];
  }
  const columns = [
    name,
    ["Papers", (node) => sieve.support[node.id], true],
    ["Introduced by", (node) => labels(introducedBy[node.id])],
  ];
  if (years.length) columns.push(["First", (node) => (Number.isFinite(firstYear(node)) ? firstYear(node) : ""), true]);
  const of = (list, subject, title) => {
    const some = nodes.some(
      (node) =>
        node.kind === kind &&
        claimsOf(node).some(
          (claim) => list.includes(claim.relation) && (subject ? claim.subject : claim.object) === node.id,
        ),
    );
    if (some) columns.push([title, (node) => labels(touching(node, list, subject))]);
  };
  of(roles.trained, true, "Trained on");
  of(roles.evaluated, true, "Evaluated on");
  of(roles.trained, false, "Trained on it");
  of(roles.evaluated, false, "Evaluated on it");
  return [...columns, relations, numbers];
}

function showTable() {
  const graph = state.tab === "graph";
  $("stage").hidden = !graph;
  $("sheet").hidden = graph;
  document.querySelector("main").classList.toggle("idle", !graph && !state.node && !state.edge);
  for (const tab of $("tabs").children) {
    const on = tab.dataset.tab === state.tab;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
    if (on) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  $("sheet").setAttribute("aria-labelledby", `tab-${state.tab}`);
  if (graph) return;
  if (state.tab === "boards") $("sheet").replaceChildren(...boardSheet());
  else $("sheet").replaceChildren(...typeSheet(data.types.findIndex((type) => type.name === state.tab)));
}

function typeSheet(kind) {
  const columns = tableColumns(kind);
  const rows = (kind === data.paperType ? nodes.slice(0, data.papers.length) : ranked).filter(
    (node) => node.kind === kind && (kind === data.paperType || passesNode(node.id) || state.typesOff.has(kind)),
  );
  const cells = rows.map((node) => ({ node, values: columns.map(([, read]) => read(node)) }));
  const order = sorting[state.tab] ?? { column: kind === data.paperType ? 0 : 1, down: kind !== data.paperType };
  const sorted = sortRows(cells, order);
  const note = kind === data.paperType ? many(rows.length, "paper") : `${counted(rows.length)} that pass the filters`;
  const csv = () =>
    saveCsv(`${state.tab.toLowerCase()}s.csv`, [
      columns.map(([title]) => title),
      ...sortRows(cells, sorting[state.tab] ?? order).map(({ values }) => values),
    ]);
  return [sheetTop(tabLabel(state.tab), note, csv), sheetTable(columns, sorted, order, ({ node }) => nodeCell(node))];
}

function sortRows(rows, { column, down }) {
  const sign = down ? -1 : 1;
  const compare = (a, b) =>
    typeof a === "number" && typeof b === "number"
      ? a - b
      : (a === "") - (b === "") || numeric.compare(String(a), String(b));
  return [...rows].sort((a, b) => sign * compare(a.values[column], b.values[column]));
}

const nodeCell = (node) =>
  el(
    "span",
    { class: "cell" },
    glyph(typeOf(node)),
    button(node.label, () => go({ node, edge: null }), { class: node.label.length < 24 ? "link short" : "link" }),
  );

function sheetTop(title, note, csv) {
  return el(
    "div",
    { class: "sheet-top" },
    el("h2", {}, title),
    el("span", { class: "muted" }, note),
    button("Download CSV", csv),
  );
}

/** Return a table of which the first rows are drawn; headings sort it. */
function sheetTable(columns, rows, order, first) {
  const head = el(
    "tr",
    {},
    columns.map(([title, , number], column) => {
      const on = order.column === column;
      const sort = () => {
        sorting[state.tab] = { column, down: on ? !order.down : Boolean(number) };
        showTable();
        $("sheet").querySelectorAll("th button")[column]?.focus();
      };
      const mark = el("span", { "aria-hidden": "true" }, on ? (order.down ? " \u2193" : " \u2191") : "");
      return el(
        "th",
        {
          scope: "col",
          class: number ? "number" : undefined,
          "aria-sort": on ? (order.down ? "descending" : "ascending") : undefined,
        },
        el("button", { type: "button", click: sort }, title, mark),
      );
    }),
  );
  const body = el("tbody", {});
  const table = el("table", {}, el("thead", {}, head), body);
  const out = el("div", {}, table);
  const draw = (from) => {
    body.append(
      ...rows.slice(from, from + PAGE).map((each) =>
        el(
          "tr",
          {},
          each.values.map((value, column) =>
            el(
              "td",
              {
                class: columns[column][2]
                  ? "number"
                  : columns[column][0] === "Date"
                    ? "date"
                    : column === 0
                      ? "first"
                      : undefined,
              },
              column === 0 ? first(each) : (each.cells?.[column] ?? String(value)),
            ),
          ),
        ),
      ),
    );
    if (rows.length > from + PAGE) {
      const more = button(
        `Show ${counted(Math.min(PAGE, rows.length - from - PAGE))} of ${counted(rows.length - from - PAGE)} more`,
        () => (more.remove(), draw(from + PAGE)),
        { class: "more" },
      );
      out.append(more);
    }
  };
  draw(0);
  return out;
}

/** Return text as a cell of CSV; what a spreadsheet would run as a formula is quoted as text. */
function csvCell(value) {
  const text = String(value);
  const formula = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/.test(text) && !/^[+-]?\d+([.,]\d+)*%?$/.test(text);
  const safe = formula ? `'${text}` : text;
  return /[",\r\n]|^\s|\s$/.test(safe) || formula ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function saveCsv(name, rows) {
  const text = rows.map((each) => each.map(csvCell).join(",")).join("\r\n");
  save(name, new Blob(["\ufeff", text, "\r\n"], { type: "text/csv;charset=utf-8" }));
}

function startTabs() {
  $("tabs").replaceChildren(
    ...TABS().map((tab) =>
      button(tabLabel(tab), () => go({ tab }), {
        role: "tab",
        id: `tab-${tab}`,
        "data-tab": tab,
        "aria-controls": tab === "graph" ? "stage" : "sheet",
      }),
    ),
  );
  $("tabs").addEventListener("keydown", (event) => {
    const all = [...$("tabs").children];
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const next = all[(all.indexOf(document.activeElement) + by + all.length) % all.length];
    next.click();
    next.focus();
  });
}
