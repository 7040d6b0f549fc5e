// Read a GEXF file with graphology, as Gephi Lite does, and print nodes and edges: node gexf.cjs PACKAGES GRAPH.gexf
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { createRequire } = require("node:module");

const [packages, file] = process.argv.slice(2);
const from = createRequire(path.join(path.resolve(packages), "here.cjs"));
const { MultiDirectedGraph } = from("graphology");
const gexf = from("graphology-gexf");
const parse = gexf.parse || require(path.join(path.resolve(packages), "node_modules/graphology-gexf/node")).parse;

const graph = parse(MultiDirectedGraph, fs.readFileSync(file, "utf8"));
process.stdout.write(
  JSON.stringify({
    nodes: graph.mapNodes((node, data) => [node, data]),
    edges: graph.mapEdges((edge, data, source, target) => [source, target, data]),
  }),
);
