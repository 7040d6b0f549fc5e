"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const SHOWN = 500;
  const KEYWORDS = new Set(
    ("a abs add all as asc ask base bind bnode bound by ceil clear coalesce concat construct contains copy count create datatype day default delete desc describe distinct drop " +
      "encode_for_uri exists false filter floor from graph group group_concat having hours if in insert into iri isblank isiri isliteral isnumeric isuri lang langmatches lcase limit load max " +
      "md5 min minus minutes month move named not now offset optional order prefix rand reduced regex replace round sameterm sample seconds select separator service sha1 sha256 sha384 sha512 " +
      "silent str strafter strbefore strdt strends strlang strlen strstarts struuid substr sum timezone to true tz ucase undef union uri using uuid values where with year avg").split(" "),
  );
  const TOKENS = new RegExp(
    [
      "(?<comment>#[^\\n]*)",
      "(?<string>\"\"\"[\\s\\S]*?(?:\"\"\"|$)|'''[\\s\\S]*?(?:'''|$)|\"(?:[^\"\\\\\\n]|\\\\.)*\"?|'(?:[^'\\\\\\n]|\\\\.)*'?)",
      "(?<iri><[^<>\"{}|^`\\\\\\s]*>)",
      "(?<variable>[?$]\\w+)",
      "(?<name>[\\p{L}_][\\p{L}\\p{N}_-]*:[\\p{L}\\p{N}_.%-]*|:[\\p{L}\\p{N}_.%-]+)",
      "(?<word>[\\p{L}_]\\w*)",
      "(?<number>\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?)",
    ].join("|"),
    "gu",
  );
  let prefixes = [];
  let queries = [];
  let chosen = null;
  let asked = "";
  let running = null;
  let last = null;
  let bad = -1;

  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  /* The editor: a text area whose own text is transparent, over the same text in colours. */

  function paint() {
    const text = $("query").value;
    const out = document.createDocumentFragment();
    const put = (piece, kind, at) => {
      const inside = bad - at;
      if (bad < 0 || inside < 0 || inside >= piece.length) {
        out.append(kind ? make("span", { className: kind }, piece) : piece);
        return;
      }
      const width = piece.codePointAt(inside) > 0xffff ? 2 : 1;
      const wrong = piece.slice(inside, inside + width);
      const parts = [piece.slice(0, inside), make("span", { className: "bad" }, wrong === "\n" ? " \n" : wrong), piece.slice(inside + width)];
      out.append(make("span", { className: kind }, ...parts));
    };
    let at = 0;
    for (const match of text.matchAll(TOKENS)) {
      if (match.index > at) put(text.slice(at, match.index), "", at);
      const [kind] = Object.entries(match.groups).find(([, value]) => value !== undefined);
      put(match[0], kind === "word" ? (KEYWORDS.has(match[0].toLowerCase()) ? "keyword" : "") : kind, match.index);
      at = match.index + match[0].length;
    }
    put(text.slice(at), "", at);
    if (bad >= text.length) out.append(make("span", { className: "bad" }, " "));
    // A last line that is empty has no height of its own.
    out.append("\n");
    $("colours").replaceChildren(out);
  }

  /** Return where a line and column of the parser are in the text: it counts code points from one. */
  function place(text, line, column) {
    const lines = text.split("\n");
    const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    return Math.min(text.length, before + [...(lines[line - 1] ?? "")].slice(0, column - 1).join("").length);
  }

  function complain(message) {
    const where = /\bat (\d+):(\d+): ?/.exec(message);
    const problem = $("problem");
    problem.replaceChildren();
    if (where) {
      const [line, column] = [Number(where[1]), Number(where[2])];
      bad = place($("query").value, line, column);
      const jump = make("button", { type: "button" }, `line ${line}, column ${column}`);
      jump.addEventListener("click", () => {
        $("query").focus();
        $("query").setSelectionRange(bad, bad + 1);
      });
      problem.append(jump, message.replace(/^The query cannot be parsed: /, "").replace(/^error at \d+:\d+: /, ""));
    } else {
      problem.append(message);
    }
    problem.hidden = false;
    paint();
  }

  function calm() {
    $("problem").hidden = true;
    bad = -1;
    paint();
  }

  function write(text) {
    $("query").value = text;
    calm();
  }

  /* Ready questions */

  function list() {
    const wanted = $("filter").value.toLowerCase();
    const fits = queries.filter((query) => `${query.name} ${query.title}`.toLowerCase().includes(wanted));
    $("list").replaceChildren(
      ...fits.map((query) => {
        const button = make("button", { type: "button", title: query.name }, query.title);
        button.setAttribute("aria-pressed", String(query === chosen));
        button.addEventListener("click", async () => {
          await choose(query, {});
          if (matchMedia("(max-width: 760px)").matches) $("questions").open = false;
          run();
        });
        return make("li", {}, button);
      }),
    );
    if (!fits.length) $("list").append(make("li", { className: "note" }, "No question is called so."));
  }

  const values = () => Object.fromEntries([...$("parameters").querySelectorAll("input")].map((field) => [field.name, field.value]));

  async function choose(query, given) {
    chosen = query;
    $("title").textContent = query.title;
    $("work").className = "ready";
    $("parameters").hidden = !query.parameters.length;
    $("parameters").replaceChildren(
      ...query.parameters.map((parameter) => {
        const field = make("input", { type: "text", name: parameter.name, value: given[parameter.name] ?? parameter.default, autocomplete: "off", spellcheck: false });
        field.addEventListener("change", bind);
        return make("label", {}, parameter.meaning, field);
      }),
    );
    list();
    await bind();
  }

  async function bind() {
    const query = chosen;
    const answer = await fetch(`/queries/${encodeURIComponent(query.name)}?${new URLSearchParams(values())}`);
    const text = await answer.text();
    if (query !== chosen) return;
    if (answer.ok) write(text);
    else complain(text);
  }

  function free() {
    if (!chosen) return;
    chosen = null;
    $("title").textContent = "SPARQL";
    $("work").className = "";
    $("parameters").hidden = true;
    list();
  }

  /* Asking */

  const post = (query, accept, signal) =>
    fetch("/sparql", { method: "POST", headers: { "Content-Type": "application/sparql-query", Accept: accept }, body: query, signal });

  async function run() {
    running?.abort();
    const mine = (running = new AbortController());
    const query = $("query").value;
    $("run").textContent = "Stop";
    $("status").textContent = "Asking \u2026";
    calm();
    const start = performance.now();
    try {
      const answer = await post(query, "application/sparql-results+json, text/turtle;q=0.9", mine.signal);
      const type = answer.headers.get("content-type") ?? "";
      const content = answer.ok && type.includes("json") ? await answer.json() : await answer.text();
      if (mine !== running) return;
      asked = query;
      last = { answer: content, took: Math.round(performance.now() - start), table: chosen?.table ?? [] };
      if (answer.ok) show();
      else fail(String(content), answer.status);
      remember(query);
    } catch (error) {
      if (mine !== running) return;
      fail(error.name === "AbortError" ? "Stopped." : "The server does not answer. Is it still running?", 0);
    }
    running = null;
    $("run").textContent = "Run";
  }

  function stop() {
    running?.abort();
  }

  function fail(message, status) {
    last = null;
    complain(message.trim());
    $("status").textContent = status === 503 ? "No answer" : "Not answered";
    $("answer").replaceChildren();
    $("downloads").hidden = $("all").hidden = true;
  }

  function remember(query) {
    const address = chosen ? new URLSearchParams({ name: chosen.name, ...values() }) : new URLSearchParams({ query });
    history.replaceState(null, "", `#${address}`);
  }

  /* Showing */

  const short = (iri) => {
    const found = prefixes.find(([, space]) => iri.startsWith(space) && /^[\w.-]*$/.test(iri.slice(space.length)));
    return found ? `${found[0]}:${iri.slice(found[1].length)}` : iri;
  };

  const base = () => (prefixes.find(([prefix]) => prefix === "model")?.[1] ?? "\0/model/").replace(/model\/$/, "");

  function linked(iri, text) {
    const local = iri.startsWith(base()) ? iri.slice(base().length) : "";
    if (local) {
      const kind = local.split(/[/#]/)[0];
      const out = [make("a", { href: `/${local}`, className: `kind kind-${kind}` }, text)];
      const drawn = !["ns", "result", "assertion", "rule", "run"].includes(kind) && !local.includes("#");
      if (drawn) out.push(make("a", { href: `/graph#${new URLSearchParams({ node: local })}`, className: "spot", title: "Show in graph" }, "in graph"));
      return out;
    }
    return /^https?:\/\//.test(iri) ? [make("a", { href: iri, rel: "noopener noreferrer nofollow" }, text)] : [text];
  }

  /** Return the variable of a row that holds the thing which a column of names names. */
  function named(column, row, variables) {
    const holds = (name) => row[name]?.type === "uri";
    const bare = column.replace(/_name$/, "");
    if (bare !== column && holds(bare)) return bare;
    if (column === "title" && holds("paper")) return "paper";
    return ["label", "name"].includes(column) ? variables.find((name) => name !== "paper" && holds(name)) : undefined;
  }

  function cell(column, row, variables) {
    const term = row[column];
    const out = make("td");
    if (!term) return out;
    if (term.type === "uri") {
      out.append(...linked(term.value, short(term.value)));
    } else if (term.type === "literal") {
      if (/#(integer|decimal|double|float)$/.test(term.datatype ?? "")) out.className = "figure";
      const other = named(column, row, variables);
      out.append(...(other ? linked(row[other].value, term.value) : [term.value]));
      if (term["xml:lang"] || term.datatype) out.title = term["xml:lang"] ?? short(term.datatype);
    } else {
      out.append(term.type === "bnode" ? `_:${term.value}` : JSON.stringify(term.value));
    }
    return out;
  }

  function show() {
    const { answer, took, table } = last;
    const isGraph = typeof answer === "string";
    $("downloads").hidden = false;
    $("downloads").replaceChildren(...(isGraph ? [["Turtle", "text/turtle", "ttl"], ["JSON-LD", "application/ld+json", "jsonld"]] : [["CSV", "text/csv", "csv"], ["JSON", "application/sparql-results+json", "json"]]).map(download));
    $("all").hidden = true;
    if (isGraph) {
      $("status").textContent = `A graph, in ${took} ms`;
      $("answer").replaceChildren(make("pre", {}, answer));
      return;
    }
    if ("boolean" in answer) {
      $("status").textContent = `${answer.boolean ? "Yes" : "No"}, in ${took} ms`;
      $("answer").replaceChildren();
      return;
    }
    const variables = answer.head.vars;
    const rows = answer.results.bindings;
    $("all").hidden = !table.length || table.length === variables.length;
    const columns = table.length && !$("all").querySelector("input").checked ? variables.filter((name) => table.includes(name)) : variables;
    $("status").textContent = `${rows.length.toLocaleString("en")} ${rows.length === 1 ? "row" : "rows"}, in ${took} ms`;
    const body = make("tbody");
    const head = make("thead", {}, make("tr", {}, ...columns.map((name) => make("th", { scope: "col" }, name.replaceAll("_", " ")))));
    $("answer").replaceChildren(rows.length ? make("table", {}, head, body) : make("p", { className: "note" }, "Nothing in the graph fits."));
    let at = 0;
    const more = make("button", { type: "button" });
    const extend = () => {
      body.append(...rows.slice(at, at + SHOWN).map((row) => make("tr", {}, ...columns.map((name) => cell(name, row, variables)))));
      at += SHOWN;
      more.textContent = `Show more of the ${(rows.length - at).toLocaleString("en")} other rows`;
      more.hidden = at >= rows.length;
    };
    more.addEventListener("click", extend);
    extend();
    if (rows.length) $("answer").append(more);
  }

  function download([label, type, ending]) {
    const button = make("button", { type: "button" }, label);
    button.addEventListener("click", async () => {
      const answer = await post(asked, type);
      if (!answer.ok) return complain((await answer.text()).trim());
      const link = make("a", { href: URL.createObjectURL(await answer.blob()), download: `answer.${ending}` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    });
    return button;
  }

  /* Beginning */

  async function follow() {
    const address = new URLSearchParams(location.hash.slice(1));
    const query = queries.find((each) => each.name === address.get("name"));
    if (query) {
      await choose(query, Object.fromEntries(address));
    } else if (address.has("query")) {
      free();
      write(address.get("query"));
    } else {
      await choose(queries.find((each) => each.name === "most-used-datasets") ?? queries[0], {});
    }
    run();
  }

  async function begin() {
    $("query").addEventListener("input", () => {
      calm();
      free();
    });
    $("filter").addEventListener("input", list);
    $("run").addEventListener("click", () => (running ? stop() : run()));
    $("all").addEventListener("change", show);
    $("parameters").addEventListener("submit", (event) => event.preventDefault());
    $("parameters").addEventListener("keydown", async (event) => {
      if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      await bind();
      run();
    });
    addEventListener("keydown", async (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      if ($("parameters").contains(document.activeElement)) await bind();
      run();
    });
    addEventListener("hashchange", follow);
    $("questions").open = matchMedia("(min-width: 761px)").matches;
    const known = await (await fetch("/queries")).json();
    queries = known.queries;
    list();
    prefixes = Object.entries(known.prefixes).sort(([, a], [, b]) => b.length - a.length);
    $("prefixes").querySelector("dl").append(...Object.entries(known.prefixes).flatMap(([prefix, space]) => [make("dt", {}, `${prefix}:`), make("dd", {}, space)]));
    await follow();
  }

  begin();
})();
