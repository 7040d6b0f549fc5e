// Answer the queries of a JSON file over N-Quads files with Comunica: node answers.cjs PACKAGES QUERIES.json GRAPH.nq...
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { createRequire } = require("node:module");

const [packages, queries, ...graphs] = process.argv.slice(2);
const from = createRequire(path.join(path.resolve(packages), "here.cjs"));
const { QueryEngine } = from("@comunica/query-sparql-file");

const plain = (term) => ({
  kind: term.termType,
  value: term.value,
  language: term.language || "",
  datatype: term.datatype ? term.datatype.value : "",
});

(async () => {
  const engine = new QueryEngine();
  const answers = {};
  for (const [name, text] of Object.entries(JSON.parse(fs.readFileSync(queries, "utf8")))) {
    const rows = await (await engine.queryBindings(text, { sources: graphs.map((graph) => path.resolve(graph)) })).toArray();
    answers[name] = rows.map((row) => Object.fromEntries([...row].map(([variable, term]) => [variable.value, plain(term)])));
  }
  process.stdout.write(JSON.stringify(answers));
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
