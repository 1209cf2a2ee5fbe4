// Mouse, touch and keyboard: zoom, move, choose a region, drag a window.
const stretch = (from, to) => {
  const least = 20;
  const span = Math.min(Math.max(to - from, least), seen.end * 1.04);
  const begin = Math.min(Math.max(from, -seen.end * 0.02), seen.end * 1.02 - span);
  Object.assign(seen, { from: begin, to: begin + span });
  redraw();
};
const zoomLanes = (factor, around = (seen.from + seen.to) / 2) =>
  stretch(around - (around - seen.from) * factor, around + (seen.to - around) * factor);
const move = (time) => stretch(seen.from + time, seen.to + time);
const fitLanes = () => stretch(-seen.end * 0.004, seen.end * 1.004);

const placeAt = (x, y) => {
  const at = y + box.scrollTop;
  const place = y > AXIS && layout.places.find((it) => it.kind === "track" && at >= it.top && at < it.top + it.height);
  const row = place && place.track.rows[Math.floor((at - place.top) / ROW)];
  if (!row || x < gutter()) return null;
  // A region is also hit within two pixels of it, since it may be narrower than a pixel.
  const near = 2 / scaleOf();
  const number = firstOf(row.ids.length, (it) => row.end[it] >= timeOf(x) - near);
  return number < row.ids.length && row.start[number] <= timeOf(x) + near ? { ...place, row, number, id: row.ids[number] } : null;
};
const choose = (hit) => {
  seen.chosen = hit && { ...hit, name: hit.model.names[hit.model.name[hit.id]] };
  tellChosen();
  redraw();
};
const windowTo = (one_end, other) => {
  const within = (time) => Math.min(Math.max(time, 0), seen.end);
  seen.window = [within(Math.min(one_end, other)), within(Math.max(one_end, other))];
  if (seen.window[1] - seen.window[0] < 1) seen.window = null;
  tellSums();
  redraw();
};

const fingers = new Map();
let grip = null;
const pinch = () => {
  const [first, second] = [...fingers.values()];
  return { middle: (first.x + second.x) / 2, span: Math.max(Math.abs(first.x - second.x), 12) };
};
const spot = (event) => {
  const { left, top } = canvas.getBoundingClientRect();
  return { x: event.clientX - left, y: event.clientY - top };
};
const dragsWindow = (event) => {
  const moves = one("#lanes-form [name=drag]:checked")?.value === "move";
  // A finger moves, or drags a window after a long press; a mouse drags a window, or moves while shift
  // is held. If the form says to move, a finger only moves, and shift drags a window.
  return event.pointerType === "touch" ? moves === false && grip?.held : moves === event.shiftKey && event.button === 0;
};
canvas.addEventListener("pointerdown", (event) => {
  canvas.focus({ preventScroll: true });
  canvas.setPointerCapture(event.pointerId);
  fingers.set(event.pointerId, spot(event));
  if (fingers.size === 2) {
    clearTimeout(grip?.timer);
    grip = { pinch: pinch(), from: seen.from, to: seen.to };
    return;
  }
  const { x, y } = spot(event);
  grip = { x, y, time: timeOf(x), from: seen.from, moved: false, held: false };
  grip.window = dragsWindow(event);
  if (event.pointerType === "touch") {
    grip.timer = setTimeout(() => { if (grip && !grip.moved) { grip.held = true; grip.window = dragsWindow(event); } }, 350);
  }
});
canvas.addEventListener("pointermove", (event) => {
  const { x, y } = spot(event);
  if (!fingers.has(event.pointerId)) {
    canvas.style.cursor = placeAt(x, y) ? "pointer" : "crosshair";
    return;
  }
  fingers.set(event.pointerId, { x, y });
  if (grip?.pinch) {
    const now = pinch();
    const span = (grip.to - grip.from) * (grip.pinch.span / now.span);
    const fixed = grip.from + ((grip.pinch.middle - gutter()) / (canvas.clientWidth - gutter())) * (grip.to - grip.from);
    const from = fixed - ((now.middle - gutter()) / (canvas.clientWidth - gutter())) * span;
    stretch(from, from + span);
    return;
  }
  if (!grip || (!grip.moved && Math.abs(x - grip.x) < 4)) return;
  grip.moved = true;
  if (grip.window) windowTo(grip.time, timeOf(x));
  else stretch(grip.from - (x - grip.x) / scaleOf(), grip.from - (x - grip.x) / scaleOf() + seen.to - seen.from);
});
const release = (event) => {
  if (!fingers.delete(event.pointerId)) return;
  clearTimeout(grip?.timer);
  if (grip && !grip.pinch && !grip.moved && event.type === "pointerup") {
    const { x, y } = spot(event);
    choose(placeAt(x, y));
    if (!placeAt(x, y)) windowTo(0, 0);
  }
  grip = null;
};
canvas.addEventListener("pointerup", release);
canvas.addEventListener("pointercancel", release);
canvas.addEventListener("dblclick", (event) => {
  const hit = placeAt(spot(event).x, spot(event).y);
  if (!hit) return zoomLanes(0.5, timeOf(spot(event).x));
  const [start, end] = [hit.row.start[hit.number], hit.row.end[hit.number]];
  stretch(start - (end - start) * 0.5, end + (end - start) * 0.5);
});
// With ctrl, which a touchpad pinch also sends, the wheel zooms; otherwise it scrolls the tracks, or
// moves in time if turned sideways.
canvas.addEventListener("wheel", (event) => {
  const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
  if (event.ctrlKey || event.metaKey || event.altKey) zoomLanes(1.0016 ** event.deltaY, timeOf(spot(event).x));
  else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) move(sideways / scaleOf());
  else return;
  event.preventDefault();
}, { passive: false });

// The region before or after the chosen one, or in the row above or below.
const neighbour = (along, across) => {
  const tracks = layout.places.filter((it) => it.kind === "track");
  const chosen = seen.chosen;
  if (!chosen) return tracks[0] && { ...tracks[0], row: tracks[0].track.rows[0], number: 0, id: tracks[0].track.rows[0].ids[0] };
  if (across) {
    const rows = tracks.flatMap((place) => place.track.rows.map((row) => ({ ...place, row })));
    const next = rows[rows.findIndex((it) => it.row === chosen.row) + across];
    if (!next) return chosen;
    const number = Math.min(firstOf(next.row.ids.length, (it) => next.row.end[it] > chosen.row.start[chosen.number]), next.row.ids.length - 1);
    return { ...next, number, id: next.row.ids[number] };
  }
  const number = Math.min(Math.max(chosen.number + along, 0), chosen.row.ids.length - 1);
  return { ...chosen, number, id: chosen.row.ids[number] };
};
const chooseNear = (along, across) => {
  const next = neighbour(along, across);
  if (!next?.id && next?.id !== 0) return;
  choose(next);
  const [start, end] = [next.row.start[next.number], next.row.end[next.number]];
  if (end < seen.from || start > seen.to) move((start + end) / 2 - (seen.from + seen.to) / 2);
  if (next.top < box.scrollTop + AXIS || next.top + next.height > box.scrollTop + box.clientHeight) box.scrollTop = next.top - AXIS - HEAD;
};
const grow = (by) => {
  const step = (seen.to - seen.from) / 20;
  const [from, to] = seen.window ?? [Math.max(seen.from, 0), Math.max(seen.from, 0)];
  windowTo(from, to + by * step);
};
const toChosen = () => {
  if (!seen.chosen) return;
  const { row, number } = seen.chosen;
  stretch(row.start[number] - (row.end[number] - row.start[number]), row.end[number] + (row.end[number] - row.start[number]));
};
const keys = {
  "+": () => zoomLanes(0.7), "=": () => zoomLanes(0.7), "-": () => zoomLanes(1.4), w: () => zoomLanes(0.7), s: () => zoomLanes(1.4),
  ArrowLeft: () => move((seen.from - seen.to) * 0.15), ArrowRight: () => move((seen.to - seen.from) * 0.15),
  a: () => move((seen.from - seen.to) * 0.15), d: () => move((seen.to - seen.from) * 0.15),
  ArrowUp: () => { box.scrollTop -= 60; }, ArrowDown: () => { box.scrollTop += 60; },
  Home: fitLanes, 0: fitLanes,
  n: () => chooseNear(1, 0), p: () => chooseNear(-1, 0), j: () => chooseNear(0, 1), k: () => chooseNear(0, -1),
  Enter: toChosen, Escape: () => { choose(null); windowTo(0, 0); },
};
canvas.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const act = event.shiftKey && event.key.startsWith("Arrow") ? { ArrowRight: () => grow(1), ArrowLeft: () => grow(-1) }[event.key] : keys[event.key];
  if (!act) return;
  act();
  event.preventDefault();
});
for (const button of all("#lanes-form [data-do]")) {
  button.addEventListener("click", () => ({ in: () => zoomLanes(0.6), out: () => zoomLanes(1 / 0.6), all: fitLanes })[button.dataset.do]());
}
box.addEventListener("scroll", redraw, { passive: true });
new ResizeObserver(redraw).observe(box);
