// The joined table: filters, sorting, and ratios to a chosen subject.
const table = one("#cases");
const filters = one("#filters");
const rows = all("tr[data-case]", table).map((element, index) => {
  const cells = all("td.figure", element);
  const [name, input] = [one("th", element).textContent, one("td", element).textContent];
  const { place, case: full, group } = element.dataset;
  return { element, index, cells, place, name: full, group, subject: name, input, home: element.parentElement };
});
const heads = all("thead th", table);
const columns = heads.map((head) => head.dataset.key);
const figure = (row, key) => {
  const text = { subject: row.subject, input: row.input }[key];
  return text ?? row.cells[columns.indexOf(key) - 2]?.dataset.v;
};
const sorted = document.createElement("tbody");

for (const row of rows) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "pick";
  button.textContent = "1×";
  button.setAttribute("aria-label", `1×: compare with ${row.subject}`);
  button.addEventListener("click", () => {
    go({ ratio: read().chosen.get("ratio") === row.subject ? "" : row.subject });
  });
  one("th", row.element).append(button);
  row.pick = button;
}
for (const head of heads) {
  head.addEventListener("click", () => {
    const key = head.dataset.key;
    const next = { [key]: `-${key}`, [`-${key}`]: "" };
    const current = read().chosen.get("sort") ?? "";
    go({ sort: current in next ? next[current] : key });
  });
}
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("input", () => {
  const form = new FormData(filters);
  const lenses = form.getAll("lens");
  go({
    group: form.get("group"), input: form.get("input"), find: form.get("find"), ratio: form.get("ratio"),
    lens: lenses.length === 3 ? "" : lenses.join(",") || "none",
  });
});
const forget = () => go({ group: "", input: "", find: "", ratio: "", lens: "", sort: "" });
filters.addEventListener("reset", (event) => { event.preventDefault(); forget(); });
one("#no-cases button").addEventListener("click", forget);

const arrange = (sort) => {
  const key = sort.replace("-", "");
  const direction = sort.startsWith("-") ? -1 : 1;
  for (const head of heads) {
    const state = direction < 0 ? "descending" : "ascending";
    if (key && head.dataset.key === key) head.setAttribute("aria-sort", state);
    else head.removeAttribute("aria-sort");
  }
  table.classList.toggle("flat", Boolean(key));
  if (!key) {
    for (const row of rows) row.home.append(row.element);
    sorted.remove();
    return;
  }
  const isText = key === "subject" || key === "input";
  const compare = (left, right) => {
    const [a, b] = [figure(left, key), figure(right, key)];
    if (isText) return direction * a.localeCompare(b) || left.index - right.index;
    // What was not measured comes last in both directions.
    if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
    return direction * (a - b) || left.index - right.index;
  };
  sorted.append(...[...rows].sort(compare).map((row) => row.element));
  table.append(sorted);
};

const ratioWords = (value, base) => {
  if (base === 0) return value === 0 ? "1×" : "from 0";
  const ratio = value / base;
  const digits = ratio < 0.1 ? 2 : 3;
  return ratio >= 1000 ? `${groupDigits(Math.round(ratio))}×` : `${Number(ratio.toPrecision(digits))}×`;
};

const compareWith = (subject) => {
  for (const row of rows) {
    const base = rows.find((other) => other.subject === subject && other.input === row.input);
    row.pick.setAttribute("aria-pressed", String(row.subject === subject));
    row.element.classList.toggle("picked", row.subject === subject);
    for (const [index, cell] of row.cells.entries()) {
      one(".ratio", cell)?.remove();
      const to = base?.cells[index].dataset.v;
      if (to === undefined || cell.dataset.v === undefined) continue;
      const ratio = document.createElement("span");
      ratio.className = "ratio";
      ratio.textContent = ratioWords(Number(cell.dataset.v), Number(to));
      cell.append(ratio);
    }
  }
};

views.overview = (chosen) => {
  const get = (key) => chosen.get(key) ?? "";
  for (const name of ["group", "input", "find", "ratio"]) {
    const control = filters.elements[name];
    if (control.value !== get(name)) control.value = get(name);
  }
  const lenses = chosen.has("lens") ? get("lens").split(",") : ["time", "heap", "instructions"];
  for (const box of all("[name=lens]", filters)) {
    box.checked = lenses.includes(box.value);
    table.classList.toggle(`no-${box.value}`, !box.checked);
  }
  const wanted = get("find").toLowerCase();
  let shown = 0;
  for (const row of rows) {
    const fits = (!get("group") || row.group === get("group"))
      && (!get("input") || row.input === get("input"))
      && row.name.toLowerCase().includes(wanted);
    row.element.hidden = !fits;
    shown += fits;
  }
  for (const body of table.tBodies) {
    body.hidden = !rows.some((row) => row.home === body && !row.element.hidden) && body !== sorted;
  }
  arrange(get("sort"));
  compareWith(get("ratio"));
  one("#no-cases").hidden = shown > 0;
  say(`${shown} of ${rows.length} cases`);
};
// The links of the fastest subjects scroll to the table.
for (const link of all(".fastest a")) {
  link.addEventListener("click", () => setTimeout(() => filters.scrollIntoView({ behavior: "smooth" })));
}
