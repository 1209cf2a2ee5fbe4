// The stacks of a case as an icicle, drawn from its profile; and the profile to save.
const profiles = await unpack("profiles");
const standard = new Set(profiles.standard);
// Splits a frame into name and place, at the parenthesis that matches the last one.
const apart = (text) => {
  for (let at = text.length - 2, depth = 0; at > 0; at -= 1) {
    if (text[at] === ")") depth += 1;
    else if (text[at] !== "(") continue;
    else if (depth) depth -= 1;
    else if (text[at - 1] === " ") return [text.slice(0, at - 1), text.slice(at + 1, -1)];
  }
  return [text, ""];
};
const frames = profiles.frames.map((text, index) => {
  const [, address, rest] = text.match(/^(0x[0-9a-f]+): (.*\))$/s) ?? [, "", text];
  const [name, place] = address ? apart(rest) : [rest, ""];
  return { address, name, place: place.replace(/:\d+$/, ""), standard: standard.has(index) };
});

// Innermost first.
const stackOf = (point) => {
  const stack = [];
  for (let node = point[9]; node; node -= profiles.nodes[2 * node + 1]) stack.push(profiles.nodes[2 * node]);
  return stack;
};
const figures = (words) => `${groupDigits(words.blocks)} ${words.blocks === 1 ? "block" : "blocks"}, ${groupDigits(words.bytes)} bytes`;

// Where physical frames begin in a path, the outermost first. Recursion through one call site repeats
// an address together with the functions inlined there.
const beginnings = (path) => {
  const found = new Set();
  for (let from = 0, to; from < path.length; from = to) {
    to = from + 1;
    while (to < path.length && frames[path[to]].address === frames[path[from]].address) to += 1;
    let period = 1;
    while ((to - from) % period || path.slice(from + period, to).some((frame, at) => frame !== path[from + at])) period += 1;
    for (let at = from; at < to; at += period) found.add(at);
  }
  return found;
};

const treeOf = (profile, fold) => {
  const root = { name: "one call", place: "", blocks: 0, bytes: 0, below: new Map() };
  for (const point of profile.points) {
    const [bytes, blocks] = point;
    const stack = stackOf(point);
    const path = stack.slice(point[10], stack.length - point[11]).reverse();
    const physical = beginnings(path);
    let node = root;
    root.blocks += blocks;
    root.bytes += bytes;
    for (const [depth, index] of path.entries()) {
      const frame = frames[index];
      const inlined = !physical.has(depth);
      if (inlined && fold) continue;
      if (!node.below.has(index)) node.below.set(index, { ...frame, inlined, above: node, blocks: 0, bytes: 0, below: new Map() });
      node = node.below.get(index);
      node.blocks += blocks;
      node.bytes += bytes;
    }
  }
  return root;
};

// `<a::B<C> as d::E>::f` is `B::f`: the last two segments, without generic arguments.
const brief = (name) => {
  let plain = name.replace(/^<(.+) as .+>::/, "$1::").replace(/^<(.+)>::/, "$1::");
  for (let shorter = ""; shorter !== plain;) {
    shorter = plain;
    plain = plain.replace(/<[^<>]*>/g, "");
  }
  const parts = plain.replace(/[<>]/g, "").split("::").filter(Boolean);
  return parts.slice(parts.at(-1).startsWith("{") ? -3 : -2).join("::");
};

const icicle = one("#icicle");
const about = (node) => {
  one("#frame").replaceChildren(
    element("strong", { textContent: node.name }), element("br"),
    [node.place, node.inlined && "inlined", figures(node)].filter(Boolean).join(" · "));
};
const draw = (node, by, level = 1) => {
  const label = node.place ? brief(node.name) : node.name;
  const box = element("div", { className: `box ${node.inlined ? "inlined" : ""} ${node.standard ? "standard" : "code"}`, textContent: label, role: "treeitem", tabIndex: -1 });
  box.setAttribute("aria-label", `${label}, ${figures(node)}${node.inlined ? ", inlined" : ""}`);
  box.setAttribute("aria-level", level);
  const item = element("div", { className: "node" }, box);
  item.style.flexGrow = Math.max(node[by], 0);
  item.node = node;
  const below = [...node.below.values()].filter((child) => child[by] > 0).sort((a, b) => b[by] - a[by]);
  if (below.length) {
    const group = element("div", { className: "below" }, ...below.map((child) => draw(child, by, level + 1)));
    const rest = node[by] - below.reduce((sum, child) => sum + child[by], 0);
    if (rest > 0) group.append(Object.assign(element("div", { className: "rest" }), { style: `flex-grow:${rest}` }));
    item.append(group);
  }
  return item;
};
// Gives a node the whole width: its siblings and its ancestors' siblings are hidden.
const zoom = (item) => {
  for (const put of all(".put", icicle)) put.classList.remove("put");
  for (let at = item; at?.parentElement !== icicle && at; at = at.parentElement.closest(".node")) {
    for (const other of at.parentElement.children) if (other !== at) other.classList.add("put");
  }
};
const step = (item, key) => ({
  ArrowDown: () => one(".node:not(.put)", item),
  ArrowUp: () => item.parentElement.closest(".node"),
  ArrowRight: () => item.nextElementSibling?.closest(".node"),
  ArrowLeft: () => item.previousElementSibling?.closest(".node"),
})[key]?.();

icicle.addEventListener("mouseover", (event) => {
  const item = event.target.closest(".node");
  if (item) about(item.node);
});
icicle.addEventListener("focusin", (event) => about(event.target.closest(".node").node));
icicle.addEventListener("click", (event) => {
  const item = event.target.closest(".node");
  if (item) { zoom(item); one(".box", item).focus(); }
});
icicle.addEventListener("keydown", (event) => {
  const item = event.target.closest(".node");
  if (event.key === "Enter" || event.key === " ") zoom(item);
  const next = step(item, event.key);
  if (next) {
    one(".box", item).tabIndex = -1;
    one(".box", next).tabIndex = 0;
    one(".box", next).focus();
  }
  if (next || event.key === " ") event.preventDefault();
});

views.heap = (chosen) => {
  const chosenCase = pick(chosen);
  const profile = profiles.cases[chosenCase.place];
  one("#save").disabled = !profile;
  Object.assign(one("#save").dataset, { case: chosenCase.name, place: chosenCase.place });
  one("#frame").textContent = "";
  if (!profile?.points.length) {
    const words = profile ? "allocates nothing: its profile is empty." : "has no heap profile in this run.";
    icicle.removeAttribute("role");
    icicle.replaceChildren(element("p", { className: "missing" }, element("code", { textContent: chosenCase.name }), ` ${words}`));
    return;
  }
  icicle.setAttribute("role", "tree");
  const root = draw(treeOf(profile, chosenCase.fold), chosen.get("by") === "bytes" ? "bytes" : "blocks");
  one(".box", root).tabIndex = 0;
  icicle.replaceChildren(root);
  about(root.node);
};

// The file as dhat wrote it, frames numbered in the order in which the stacks name them.
const written = (profile) => {
  const table = ["[root]"];
  const number = new Map();
  const numberOf = (index) => {
    if (!number.has(index)) number.set(index, table.push(profiles.frames[index]) - 1);
    return number.get(index);
  };
  const keys = ["tb", "tbk", "tl", "mb", "mbk", "gb", "gbk", "eb", "ebk"];
  const pps = profile.points.map((point) => ({
    ...Object.fromEntries(keys.map((key, index) => [key, point[index]])),
    fs: stackOf(point).map(numberOf),
  }));
  return { ...profile.head, pps, ftbl: table };
};
one("#save").addEventListener("click", (event) => {
  const { case: name, place } = event.currentTarget.dataset;
  const url = URL.createObjectURL(new Blob([JSON.stringify(written(profiles.cases[place]))], { type: "application/json" }));
  element("a", { href: url, download: `${name.replaceAll("/", "_")}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
});
