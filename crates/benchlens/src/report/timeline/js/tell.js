// The chosen region and the window in words and figures; and the choice of recordings.
const tellChosen = () => {
  const selection = one("#selection");
  const chosen = seen.chosen;
  if (!chosen) {
    selection.textContent = "Click a region for all of its name; drag over a stretch of time for what lies in it.";
    return;
  }
  const { model, id } = chosen;
  const kind = model.kinds[model.kind[id]];
  const of = sumsOf(model).find((sum) => sum.name === chosen.name && sum.kind === kind);
  const lane = model.lanes[model.laneOf[id]];
  const heap = model.blocks[id] === null ? [] : [`${groupDigits(model.blocks[id])} ${model.blocks[id] === 1 ? "allocation" : "allocations"}, ${bytesText(model.bytes[id])}`];
  const own = [`this one ${timeText(model.time[id])} at ${timeText(model.start[id])}`, `on ${lane.name || `thread ${lane.thread}`}`, ...heap];
  selection.replaceChildren(
    element("strong", { textContent: chosen.name }), kind === "work" ? "" : ` (waits: ${kind})`,
    `: ${groupDigits(of.count)} in all, sum ${timeText(of.sum)}, median ${timeText(of.median)}, ${shareText(of.share)} of the threads' time`,
    element("br"), own.join(" · "));
};

const cell = (text, nanoseconds) => {
  const made = element("td", { className: "figure", textContent: text });
  if (nanoseconds !== undefined) made.dataset.value = nanoseconds;
  return made;
};
const tellSums = () => {
  const window_ = seen.window ?? [0, seen.end];
  const sums = seen.models.map((model) => sumsOf(model, Math.round(window_[0]), Math.round(window_[1])));
  const names = [...new Map(sums.flat().map((sum) => [`${sum.kind} ${sum.name}`, sum])).values()];
  const caption = seen.window
    ? `In the window from ${timeText(window_[0])} to ${timeText(window_[1])}, ${timeText(window_[1] - window_[0])} long`
    : "In all";
  const head = element("tr", {}, element("th", { scope: "col", textContent: "region" }), element("th", { scope: "col", textContent: "waits for" }));
  const above = element("tr", {}, element("td", { colSpan: 2 }));
  for (const model of seen.models) {
    above.append(element("th", { scope: "colgroup", colSpan: 6, textContent: model.case }));
    for (const text of ["count", "sum", "median", "share", "allocations", "bytes"]) head.append(element("th", { scope: "col", className: "figure", textContent: text }));
  }
  const body = element("tbody", {}, ...names.map((row) => {
    const made = element("tr", {}, element("th", { scope: "row", textContent: row.name }), element("td", { textContent: row.kind === "work" ? "" : row.kind }));
    Object.assign(made.dataset, { name: row.name, kind: row.kind });
    for (const of of sums) {
      const sum = of.find((it) => it.name === row.name && it.kind === row.kind);
      if (!sum) made.append(element("td", { colSpan: 6, className: "none" }));
      else {
        made.append(cell(groupDigits(sum.count), sum.count), cell(timeText(sum.sum), sum.sum), cell(timeText(sum.median), sum.median), cell(shareText(sum.share), sum.share));
        made.append(cell(Number.isNaN(sum.blocks) ? "n/a" : groupDigits(sum.blocks), sum.blocks), cell(Number.isNaN(sum.bytes) ? "n/a" : bytesText(sum.bytes), sum.bytes));
      }
    }
    return made;
  }));
  one("#lanes-sums").replaceChildren(element("caption", { textContent: caption }), element("thead", {}, above, head), body);
  if (seen.window) say(caption);
};

const lanesForm = one("#lanes-form");
lanesForm?.addEventListener("submit", (event) => event.preventDefault());
lanesForm?.addEventListener("change", (event) => {
  if (event.target.name === "case" || event.target.name === "beside") {
    const form = new FormData(lanesForm);
    go({ case: form.get("case"), beside: form.get("beside") });
  }
});
// By default, two cases on the same input are shown side by side.
const inputOf = (name) => name.split("/").at(-1);
const lanesChosen = (chosen) => {
  const names = timelines.map((it) => it.case);
  const first = names.includes(chosen.get("case")) ? chosen.get("case") : names[0];
  const other = names.find((name) => name !== first && inputOf(name) === inputOf(first));
  const beside = chosen.has("beside") ? chosen.get("beside") : other;
  return [first, ...(names.includes(beside) && beside !== first ? [beside] : [])];
};
views.timeline = (chosen) => {
  if (!timelines.length) return;
  const names = lanesChosen(chosen);
  const key = names.join("\n");
  lanesForm.elements.case.value = names[0];
  lanesForm.elements.beside.value = names[1] ?? "none";
  if (seen.key !== key) {
    const models = names.map((name) => modelOf(timelines.find((it) => it.case === name)));
    for (const model of models) for (const name of model.names) inkOf(name, false, false);
    Object.assign(seen, { key, models, end: Math.max(...models.map((model) => model.end), 1), window: null, chosen: null });
    layout = placesOf(models);
    one("#lanes-room").style.height = `${layout.height}px`;
    box.style.height = `min(76vh, ${layout.height + 2}px)`;
    canvas.style.height = `min(76vh, ${layout.height}px)`;
    measure();
    fitLanes();
    tellChosen();
    tellSums();
  }
  paint = null;
  redraw();
};
for (const input of all("input[name=theme]")) input.addEventListener("change", () => { paint = null; redraw(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { paint = null; redraw(); });
