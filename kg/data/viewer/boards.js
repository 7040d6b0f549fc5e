// Leaderboards: the absolute values that abstracts claim on a dataset or task, by measure and unit, best first.

const boards = new Map();
for (const result of results) {
  if (result.kind !== "absolute" || result.target < 0 || !roles.boards.includes(nodes[result.target].kind)) continue;
  const key = [nodes[result.target].key, result.metric < 0 ? "" : nodes[result.metric].key, result.unit].join(" ");
  if (!boards.has(key))
    boards.set(key, {
      key,
      target: nodes[result.target],
      metric: nodes[result.metric] ?? null,
      unit: result.unit,
      results: [],
    });
  boards.get(key).results.push(result);
}
const BOARD = [["Place", 0, true], ["Value", 0, true], ["Of"], ["Paper"], ["Date"], ["Sentence"], ["Sure", 0, true]];
const dated = (list) => (years.length ? list : list.filter((_, column) => BOARD[column][0] !== "Date"));
const valueOf = (result) => parseFloat(result.number.replaceAll(",", "")) || 0;
const whoseOf = (result) => (result.subject < 0 ? "" : nodes[result.subject].label);
const saidIn = (result) =>
  textOf(result.paper, result.field).slice(result.start, result.end).replace(/\s+/g, " ").trim();

function boardName(board) {
  return [board.target.label, board.metric?.label ?? "measure not named", board.unit].filter(Boolean).join(" \u00b7 ");
}

function boardSheet() {
  const all = sortedBy(
    boards.values(),
    (board) => (board.metric ? 0 : 1),
    (board) => -board.results.filter(resultPasses).length,
    boardName,
  );
  if (!all.length)
    return [
      el(
        "div",
        { class: "sheet-top" },
        el("h2", {}, "Leaderboards"),
        el("span", { class: "muted" }, "No abstract here states a value on a dataset."),
      ),
    ];
  const board = boards.get(state.board) ?? all[0];
  const select = el(
    "select",
    { id: "board", "aria-label": "Leaderboard", change: () => go({ board: $("board").value }) },
    all.map((each) =>
      el(
        "option",
        { value: each.key, ...(each === board && { selected: "" }) },
        `${boardName(each)} (${each.results.filter(resultPasses).length})`,
      ),
    ),
  );
  const lower = board.metric?.better === "lower";
  const passing = board.results.filter(resultPasses);
  const sorted = sortedBy(
    passing,
    (result) => (lower ? valueOf(result) : -valueOf(result)),
    (result) => -result.confidence,
    whoseOf,
  );
  const rows = sorted.map((result) =>
    boardRow(result, sorted.findIndex((other) => valueOf(other) === valueOf(result)) + 1),
  );
  const left = board.results.length - passing.length;
  const way = board.metric?.better
    ? `${board.metric.better} is better`
    : "highest first; whether higher is better is not known";
  const note = `As claimed in the abstracts, which need not use the same setting; ${way}.${left ? ` ${many(left, "value")} outside the filters left out.` : ""}`;
  const csv = () =>
    saveCsv("leaderboard.csv", [
      ["Place", "Value", "Unit", "Of", "On", "Measure", "Paper", "Date", "Sentence", "Confidence"],
      ...rows.map(({ result, values: [place_] }) => [
        place_,
        result.number,
        result.unit,
        result.subject < 0 ? "" : nodes[result.subject].label,
        board.target.label,
        board.metric?.label ?? "",
        data.papers[result.paper].title,
        data.papers[result.paper].date,
        saidIn(result),
        result.confidence,
      ]),
    ]);
  const top = el("div", { class: "sheet-top" }, el("h2", {}, "Leaderboards"), select, button("Download CSV", csv));
  const order = sorting.boards ?? { column: -1 };
  const shownRows = order.column < 0 ? rows : sortRows(rows, order);
  return [
    top,
    el("p", { class: "muted" }, note),
    sheetTable(dated(BOARD), shownRows, order, ({ values }) => String(values[0])),
  ];
}

function boardRow(result, place_) {
  const paper = data.papers[result.paper];
  const of = whoseOf(result) || "not named";
  const title = paper.title || nodes[result.paper].label;
  return {
    result,
    values: dated([
      place_,
      valueOf(result),
      of,
      title,
      paper.date,
      saidIn(result),
      Math.round(result.confidence * 100),
    ]),
    cells: dated([
      undefined,
      el("strong", {}, numberText(result)),
      result.subject < 0 ? el("span", { class: "muted" }, of) : nodeCell(nodes[result.subject]),
      el(
        "span",
        { class: "title" },
        button(title, () => go({ node: nodes[result.paper], edge: null }), { class: "link" }),
        " ",
        webLink(result.paper),
      ),
      undefined,
      el(
        "span",
        { class: "sentence" },
        marked(result, [result.subject, result.target, result.metric], { number: result.number }),
      ),
      percent(result.confidence),
    ]),
  };
}
