// The listing's gutters, filled in for the chosen case.
const hasSamples = Boolean(one("#listing thead .time"));
const costs = await unpack("costs");
const files = all(".file").map((section) => {
  const bodies = all("tbody", section).map((body) => ({ body, rows: [...body.rows] }));
  const lines = new Map();
  for (const { rows: own } of bodies) for (const row of own) lines.set(Number(one("th", row).textContent), row);
  return { section, bodies, lines, index: Number(section.id.slice(1)), path: section.dataset.path };
});
// Line numbers are links to their lines.
for (const file of files) {
  for (const [number, row] of file.lines) {
    const link = element("a", { textContent: number, href: `#source?line=${file.path}:${number}`, tabIndex: -1 });
    link.addEventListener("click", (event) => {
      event.preventDefault();
      go({ line: `${file.path}:${number}` });
    });
    one("th", row).replaceChildren(link);
  }
}

// Names the calls that were inlined, and says why.
for (const file of files) {
  for (const [number, names] of costs.marks[file.index] ?? []) {
    const reasons = element("span", { className: "reasons" }, ...names.map((name) => element("span", { textContent: costs.inlined[name] })));
    one(".mark", file.lines.get(number))?.append(reasons);
  }
}

const paint = (cell, value, share) => {
  cell.textContent = value ? groupDigits(value) : "";
  if (value) cell.style.setProperty("--heat", `${Math.round(6 + 38 * Math.sqrt(share))}%`);
  else cell.removeAttribute("style");
};

const fill = (view) => {
  const [blocks, bytes, instructions, samples] = view.total;
  const order = new Map(view.files.map(([file], place) => [file, place]));
  let hottest;
  for (const file of files) {
    const lines = new Map((view.files.find(([index]) => index === file.index)?.[1] ?? []).map((line) => [line[0], line]));
    file.section.hidden = !lines.size;
    file.section.style.order = order.get(file.index) ?? 0;
    for (const { body, rows: own } of file.bodies) {
      body.hidden = !own.some((row) => lines.has(Number(one("th", row).textContent)));
    }
    for (const [number, row] of file.lines) {
      row.classList.remove("here");
      const [, flat = 0, , taken = 0, below = 0, size = 0, , seen = 0, seenBelow = 0] = lines.get(number) ?? [];
      if (!lines.has(number) && ![1, 3, hasSamples ? 5 : 3].some((cell) => row.cells[cell].textContent)) continue;
      paint(row.cells[0], taken, taken / blocks);
      paint(row.cells[1], below, below / blocks);
      paint(row.cells[2], size, size / bytes);
      paint(row.cells[3], flat, flat / instructions);
      if (hasSamples) {
        paint(row.cells[4], seen, seen / samples);
        paint(row.cells[5], seenBelow, seenBelow / samples);
      }
      const heat = (blocks ? taken / blocks : 0) * 2 + (instructions ? flat / instructions : 0);
      if (heat > (hottest?.heat ?? 0)) hottest = { heat, at: `${file.path}:${number}` };
    }
  }
  const body = one("#external tbody");
  body.replaceChildren(...view.external.map(([name, ...values]) => element("tr", {},
    ...values.slice(0, hasSamples ? 4 : 3).map((value) => element("td", { className: "figure", textContent: value ? groupDigits(value) : "" })),
    element("td", {}, element("code", { textContent: costs.names[name] })))));
  one("#external").hidden = !view.external.length;
  return hottest?.at;
};

const measured = (count) => (count === null ? "n/a" : groupDigits(count));
let filled;
let hottest;
one("#hottest").addEventListener("click", () => go({ line: hottest ?? "" }));
views.source = (chosen) => {
  const { place, name, fold } = pick(chosen);
  const view = costs.cases[place]?.[Number(fold)];
  const said = one("#source-total");
  one("#no-lines").hidden = Boolean(view);
  one("#listing").hidden = !view;
  one("#hottest").disabled = !view;
  if (!view) {
    one("#no-lines").textContent = `${name} is not shown line by line: it was only timed, or the reason stands above. Choose another input.`;
    said.textContent = "";
    one("#external").hidden = true;
    filled = undefined;
    return;
  }
  if (filled !== view) hottest = fill(view);
  filled = view;
  const [blocks, bytes, instructions, samples] = view.total;
  said.replaceChildren("Total of ", element("code", { textContent: name }), ": ",
    element("strong", { textContent: measured(blocks) }), " allocations, ",
    element("strong", { textContent: measured(bytes) }), " bytes, ",
    element("strong", { textContent: measured(instructions) }), " instructions");
  if (samples) said.append(", ", element("strong", { textContent: measured(samples) }), " samples of processor time");
  Object.assign(said.dataset, { blocks: blocks ?? "", bytes: bytes ?? "", instructions: instructions ?? "" });
  for (const row of all("#listing .here")) row.classList.remove("here");
  const [, path, number] = (chosen.get("line") ?? "").match(/^(.*):(\d+)$/) ?? [];
  const row = files.find((file) => file.path === path)?.lines.get(Number(number));
  if (!row) return;
  row.classList.add("here");
  row.scrollIntoView({ block: "center" });
  one("a", row)?.focus({ preventScroll: true });
};
