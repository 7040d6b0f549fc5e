// The view as a picture to keep: PNG as the screen shows it, SVG for print.

function save(name, blob) {
  const url = URL.createObjectURL(blob);
  const link = el("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** Return a file name that says what is seen. */
function fileName(ending) {
  const about =
    state.view === "around"
      ? state.centre.key
      : state.view === "path"
        ? state.ends.map((end) => end.key).join("-to-")
        : state.view;
  return `graph-${about.replace(/[^a-z0-9.]+/gi, "-").slice(0, 60)}.${ending}`;
}

function savePng() {
  const canvas = $("graph").querySelector("canvas");
  const out = el("canvas", { width: canvas.width, height: canvas.height });
  const context = out.getContext("2d");
  context.fillStyle = colour.canvas;
  context.fillRect(0, 0, out.width, out.height);
  context.drawImage(canvas, 0, 0);
  out.toBlob((blob) => save(fileName("png"), blob), "image/png");
}

function saveSvg() {
  save(fileName("svg"), new Blob([new XMLSerializer().serializeToString(svgOfView())], { type: "image/svg+xml" }));
}

function svgOfView() {
  const { width, height } = stageSize();
  const scale = network.getScale();
  const spot = (id) => network.canvasToDOM(at.get(id));
  const svg = drawn("svg", {
    xmlns: SVG,
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    "font-family": "system-ui, sans-serif",
  });
  svg.append(drawn("title", {}, data.title), drawn("rect", { width, height, fill: colour.canvas }));
  for (const edge of shown.edges) {
    const [a, b] = [spot(edge.from), spot(edge.to)];
    const look = edgeLook(edge);
    const relations = edge.claims.map(
      (claim) => `${nodes[claim.subject].label} ${data.relations[claim.relation].label} ${nodes[claim.object].label}`,
    );
    const line = drawn("line", {
      x1: a.x,
      y1: a.y,
      x2: b.x,
      y2: b.y,
      stroke: look.color.color,
      "stroke-opacity": look.color.opacity,
      "stroke-width": Math.max(0.5, look.width * scale),
    });
    svg.append(drawn("g", {}, drawn("title", {}, clean(relations.join("; "))), line));
  }
  for (const id of shown.nodes) {
    const { x, y } = spot(id);
    const reach = Math.max(2, nodes[id].size * scale);
    const path = drawn("path", {
      d: SHAPES[nodes[id].shape] ?? SHAPES.dot,
      fill: typeOf(nodes[id]).colour,
      opacity: near && !near.has(id) ? 0.4 : 1,
      transform: `translate(${x - reach} ${y - reach}) scale(${reach / 8})`,
    });
    svg.append(drawn("g", {}, drawn("title", {}, clean(nodes[id].label)), path));
  }
  for (const box of boxes.filter(({ lines }) => lines)) {
    box.lines.forEach((line, i) => {
      svg.append(
        drawn(
          "text",
          {
            x: box.x,
            y: box.top + 12 + i * LINE,
            "text-anchor": "middle",
            "font-size": 12,
            fill: box.node ? colour.ink : colour["edge-text"],
            stroke: colour.canvas,
            "stroke-width": 3,
            "paint-order": "stroke",
          },
          clean(line),
        ),
      );
    });
  }
  return svg;
}

/** Return text without the control characters that XML cannot hold. */
const clean = (text) => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
