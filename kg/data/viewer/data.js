// The graph as objects, read from the page's data block.

const $ = (id) => document.getElementById(id);
const data = JSON.parse($("data").textContent);
const [ASSERTED] = data.polarities.keys();
const { roles } = data;

/** Return rows from columns; a column that repeats its texts holds numbers of them. */
function rowsOf(columns) {
  const names = Object.keys(columns);
  const plain = (column) => Array.isArray(column);
  const readers = names.map((name) => {
    const column = columns[name];
    return [name, plain(column) ? (i) => column[i] : (i) => column.values[column.at[i]]];
  });
  const first = columns[names[0]] ?? [];
  const count = plain(first) ? first.length : first.at.length;
  return Array.from({ length: count }, (_, i) => Object.fromEntries(readers.map(([name, read]) => [name, read(i)])));
}

const evidenceOf = ([paper, field, start, end, rule, confidence]) => ({ paper, field, start, end, rule, confidence });

const nodes = rowsOf(data.nodes);
const claims = [];
const edges = rowsOf(data.edges).map((edge, id) => ({
  ...edge,
  id,
  claims: edge.claims.map((row) => claimOf(row, id)),
}));
const edgesOf = nodes.map(() => []);
const papersOf = nodes.map(() => []); // the papers that name it
const introducedBy = nodes.map(() => []);
const resultsOf = nodes.map(() => []);
const byKey = new Map(nodes.map((node) => [node.key, node]));
const isPaper = (node) => node.kind === data.paperType;
const typeOf = (node) => data.types[node.kind];
const quiet = roles.mentions[0];

function claimOf([relation, subject, object, polarity, rows], edge) {
  const claim = { id: claims.length, edge, relation, subject, object, polarity, evidence: rows.map(evidenceOf) };
  claim.papers = rows.length === 1 ? 1 : new Set(rows.map((row) => row[0])).size;
  claim.confidence = claim.evidence[0]?.confidence ?? 0; // the surest comes first
  claims.push(claim);
  return claim;
}

for (const edge of edges) for (const end of new Set([edge.from, edge.to])) edgesOf[end].push(edge);
for (const { relation, subject, object, polarity } of claims) {
  if (polarity !== ASSERTED || !isPaper(nodes[subject])) continue;
  if (roles.mentions.includes(relation)) papersOf[object].push(subject);
  if (roles.presents.includes(relation)) introducedBy[object].push(subject);
}

const results = data.results.map(([subject, target, metric, number, unit, kind, ...place]) => ({
  subject,
  target,
  metric,
  number,
  unit,
  kind,
  ...evidenceOf(place),
}));
for (const result of results) {
  for (const node of new Set([result.subject, result.target, result.metric, result.paper]))
    if (node >= 0) resultsOf[node].push(result);
}

const support = (node) => (isPaper(node) ? 0 : papersOf[node.id].length);
const yearOf = (paper) => parseInt(data.papers[paper].date, 10) || 0;
const years = [...new Set(data.papers.map((_, paper) => yearOf(paper)))].filter(Boolean).sort((a, b) => a - b);
const undated = data.papers.filter((paper) => !parseInt(paper.date, 10)).length;
const claimsOf = (node) => edgesOf[node.id].flatMap((edge) => edge.claims);
const otherEnd = (edge, id) => (edge.from === id ? edge.to : edge.from);
const pairKey = (edge) => `${nodes[edge.from].key} ${nodes[edge.to].key}`;

const degree = nodes.map((node) => edgesOf[node.id].length);
const byImportance = (a, b) => support(b) - support(a) || degree[b.id] - degree[a.id] || (a.key < b.key ? -1 : 1);
const ranked = nodes.filter((node) => !isPaper(node)).sort(byImportance);

function edgeBetween(a, b) {
  return edgesOf[a.id].find((edge) => otherEnd(edge, a.id) === b.id) ?? null;
}

function edgeOfKey(key) {
  const [a, b] = (key ?? "").split(" ").map((part) => byKey.get(part));
  return a && b ? edgeBetween(a, b) : null;
}
