// The canvas: for each recording the live heap and the tracks below it, all on one scale of time. Regions narrower than
// a pixel are merged, so a row costs at most about one rectangle per pixel.
const canvas = one("#lanes");
const box = one("#lanes-box");
const GUTTER = 132, AXIS = 24, HEAD = 22, HEAP = 46, ROW = 15, GAP = 5;
// What is shown: the recordings, the stretch of time, the dragged window and the chosen region.
const seen = { models: [], from: 0, to: 1, end: 1, window: null, chosen: null };
// The canvas's width is read once per frame, not once per region, since reading it may force a layout.
const room = { width: 0 };
const measure = () => { room.width = canvas.clientWidth; };
const gutter = () => Math.min(GUTTER, room.width * 0.28);
const scaleOf = () => (room.width - gutter()) / (seen.to - seen.from);
const xOf = (time) => gutter() + (time - seen.from) * scaleOf();
const timeOf = (x) => seen.from + (x - gutter()) / scaleOf();

// Distinct hues, assigned to names in order of appearance, so a name has the same hue in every recording.
const hues = [250, 155, 30, 320, 95, 200, 60, 285, 0, 125];
const hueOf = new Map();
const inkOf = (name, isBlocked, isDark) => {
  if (name === "call") return isDark ? "#4a5058" : "#d3d0c8";
  if (!hueOf.has(name)) hueOf.set(name, hues[hueOf.size % hues.length]);
  const [light, chroma] = isBlocked ? (isDark ? [0.38, 0.05] : [0.86, 0.05]) : isDark ? [0.55, 0.11] : [0.74, 0.11];
  return `oklch(${light} ${chroma} ${hueOf.get(name)})`;
};

// The vertical position of every track of every recording.
const placesOf = (models) => {
  let top = AXIS;
  const places = [];
  for (const model of models) {
    places.push({ kind: "head", model, top, height: HEAD });
    top += HEAD;
    if (model.heap) {
      places.push({ kind: "heap", model, top, height: HEAP });
      top += HEAP + GAP;
    }
    for (const track of model.tracks) {
      const height = Math.max(track.rows.length, 1) * ROW;
      places.push({ kind: "track", model, track, top, height });
      top += height + GAP;
    }
    top += 10;
  }
  return { places, height: top };
};
let layout = placesOf([]);

const colours = () => {
  const style = getComputedStyle(document.documentElement);
  const probe = getComputedStyle(canvas);
  return {
    ink: probe.color,
    quiet: getComputedStyle(one("#selection")).color,
    paper: probe.backgroundColor,
    line: probe.borderTopColor,
    heap: probe.outlineColor,
    isDark: style.colorScheme === "dark" || (style.colorScheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches),
  };
};
let paint = null;

// Stripes mark waiting, so that it is not shown by colour alone.
const stripesOf = (context, colour) => {
  const tile = new OffscreenCanvas(6, 6);
  const pen = tile.getContext("2d");
  pen.strokeStyle = colour;
  pen.lineWidth = 1.4;
  pen.beginPath();
  for (const shift of [-6, 0, 6]) { pen.moveTo(shift, 6); pen.lineTo(shift + 6, 0); }
  pen.stroke();
  return context.createPattern(tile, "repeat");
};
// The colours and stripes of the theme, made once.
const paintOf = (context) => {
  if (!paint) {
    const own = colours();
    paint = { ...own, stripes: stripesOf(context, own.isDark ? "#ffffff66" : "#00000055"), inks: new Map() };
  }
  return paint;
};
// A colour as six hexadecimal digits, which a canvas sets many times faster than one that it has to convert.
const plainInk = (ink) => {
  const pixel = new OffscreenCanvas(1, 1).getContext("2d");
  pixel.fillStyle = ink;
  pixel.fillRect(0, 0, 1, 1);
  return `#${[...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part.toString(16).padStart(2, "0")).join("")}`;
};
const brushOf = (pens, model, id) => {
  const name = model.names[model.name[id]];
  const brushes = (pens.inks.get(model) ?? pens.inks.set(model, []).get(model));
  return (brushes[model.name[id] * model.kinds.length + model.kind[id]] ??= plainInk(inkOf(name, model.kind[id] > 0, pens.isDark)));
};

const drawRow = (context, pens, model, row, top) => {
  const scale = scaleOf();
  const right = room.width;
  let place = firstOf(row.ids.length, (it) => row.end[it] >= seen.from);
  while (place < row.ids.length && row.start[place] <= seen.to) {
    const left = Math.max(xOf(row.start[place]), gutter());
    const width = Math.min(xOf(row.end[place]), right) - left;
    let id = row.ids[place];
    let shown = 1;
    if (width < 1) {
      // All regions that begin in this pixel are drawn as one, in the colour of the longest of the first few.
      const next = timeOf(Math.floor(left) + 1);
      let end = place + 1;
      for (let step = 1; end < row.ids.length && row.start[end] < next; step *= 2) end = Math.min(end + step, row.ids.length);
      end = place + 1 + firstOf(end - place - 1, (it) => row.start[place + 1 + it] >= next);
      // Only the last of them can be wider than a pixel; it is drawn by itself.
      if (end > place + 1 && (row.end[end - 1] - row.start[end - 1]) * scale >= 1) end -= 1;
      for (let other = place + 1; other < Math.min(end, place + 8); other += 1) {
        if (model.time[row.ids[other]] > model.time[id]) id = row.ids[other];
      }
      shown = Math.max((row.before[end] - row.before[place]) * scale, 0.3);
      place = end;
    } else {
      place += 1;
    }
    const isChosen = !seen.chosen || seen.chosen.name === model.names[model.name[id]];
    context.globalAlpha = Math.min(shown, 1) * (isChosen ? 1 : 0.28);
    context.fillStyle = brushOf(pens, model, id);
    context.fillRect(width < 1 ? Math.floor(left) : left, top, Math.max(width - (width > 3 ? 0.6 : 0), 1), ROW - 1);
    if (model.kind[id] > 0 && width >= 1) {
      context.fillStyle = pens.stripes;
      context.fillRect(left, top, width, ROW - 1);
    }
    if (width > 26) {
      const letters = Math.floor((width - 6) / 6.1);
      const name = model.names[model.name[id]];
      context.fillStyle = pens.ink;
      context.fillText(name.length > letters ? `${name.slice(0, Math.max(letters - 1, 1))}…` : name, left + 3, top + ROW / 2);
    }
  }
  context.globalAlpha = 1;
};

// Draws the highest and the lowest value in every column of pixels.
const drawHeap = (context, pens, { at, live, peak, low }, top) => {
  const height = (bytes) => top + HEAP - ((bytes - low) / Math.max(peak - low, 1)) * (HEAP - 4);
  let place = Math.max(firstOf(at.length, (it) => at[it] > seen.from) - 1, 0);
  context.fillStyle = pens.heap;
  let value = live[place];
  for (let x = gutter(); x < room.width; x += 1) {
    const next = timeOf(x + 1);
    if (timeOf(x) > at[at.length - 1]) break;
    let [most, least] = [value, value];
    for (; place < at.length && at[place] < next; place += 1) {
      value = live[place];
      most = Math.max(most, value);
      least = Math.min(least, value);
    }
    context.globalAlpha = 0.28;
    context.fillRect(x, height(most), 1, height(low) - height(most));
    context.globalAlpha = 1;
    context.fillRect(x, height(most) - 1, 1, Math.max(height(least) - height(most), 0) + 1.4);
  }
};

// A bar of where the thread's time went: worked, blocked, not scheduled.
const drawShares = (context, pens, track, top) => {
  const width = gutter() - 12;
  const sum = (part) => track.lanes.reduce((all, lane) => all + (lane.shares[part] ?? 0), 0);
  track.shares ??= ["worked", "blocked"].map((part) => sum(part) / (sum("time") || 1));
  let left = 4;
  for (const [place, alpha] of [[0, 0.85], [1, 0.32]]) {
    const part_width = track.shares[place] * width;
    context.globalAlpha = alpha;
    context.fillStyle = pens.quiet;
    context.fillRect(left, top, part_width, 3);
    left += part_width;
  }
  context.globalAlpha = 1;
  context.strokeStyle = pens.quiet;
  context.lineWidth = 0.5;
  context.strokeRect(4, top, width, 3);
};

const labelOf = (track) => {
  const [lane] = track.lanes;
  const name = lane.name || `thread ${lane.thread}`;
  return track.lanes.length > 1 ? `${track.lanes.length} threads` : name;
};
const drawTrack = (context, pens, { model, track, top, height }) => {
  context.fillStyle = pens.line;
  context.globalAlpha = 0.35;
  // Consecutive threads that fit within two pixels are one band.
  const scale = scaleOf();
  const edges = [gutter(), room.width];
  let number = firstOf(track.lanes.length, (it) => track.lanes[it].end >= seen.from);
  while (number < track.lanes.length && track.lanes[number].begin <= seen.to) {
    const { begin } = track.lanes[number];
    let { end } = track.lanes[number];
    for (number += 1; number < track.lanes.length && (track.lanes[number].end - begin) * scale < 2; number += 1) end = track.lanes[number].end;
    const [left, right] = [Math.max(xOf(begin), edges[0]), Math.min(xOf(end), edges[1])];
    if (right > left) context.fillRect(left, top - 1, Math.max(right - left - 0.5, 0.5), height + 1);
  }
  context.globalAlpha = 1;
  track.rows.forEach((row, number) => drawRow(context, pens, model, row, top + number * ROW));
  context.fillStyle = pens.paper;
  context.fillRect(0, top - 1, gutter() - 2, height + 2);
  context.fillStyle = pens.quiet;
  context.save();
  context.beginPath();
  context.rect(0, top, gutter() - 4, height);
  context.clip();
  context.fillText(labelOf(track), 4, top + ROW / 2 - 1);
  context.restore();
  drawShares(context, pens, track, top + ROW - 3);
};

const stepOf = (span, room) => {
  const least = span / Math.max(room / 110, 1);
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((it) => it * power).find((it) => it >= least);
};
// Enough digits to tell one tick from the next.
const markText = (time, step) => {
  const unit = ["ns", "µs", "ms", "s"][Math.min(Math.max(Math.floor(Math.log10(Math.max(Math.abs(time), step)) / 3), 0), 3)];
  const size = { ns: 1, µs: 1e3, ms: 1e6, s: 1e9 }[unit];
  return time === 0 ? "0" : `${(time / size).toFixed(Math.max(Math.ceil(-Math.log10(step / size) - 1e-9), 0))} ${unit}`;
};
const drawAxis = (context, pens, height) => {
  context.fillStyle = pens.paper;
  context.fillRect(0, 0, canvas.clientWidth, AXIS - 2);
  const step = stepOf(seen.to - seen.from, canvas.clientWidth - gutter());
  context.fillStyle = pens.quiet;
  for (let at = Math.ceil(seen.from / step) * step; at <= seen.to; at += step) {
    const x = xOf(at);
    context.fillText(markText(Math.round(at), step), x + 3, 10);
    context.globalAlpha = 0.35;
    context.fillRect(x, 0, 0.7, height);
    context.globalAlpha = 1;
  }
};
const drawWindow = (context, pens, height) => {
  if (!seen.window) return;
  const [left, right] = seen.window.map((time) => Math.max(xOf(time), gutter()));
  context.fillStyle = pens.ink;
  context.globalAlpha = 0.1;
  context.fillRect(left, 0, right - left, height);
  context.globalAlpha = 0.8;
  context.fillRect(left, 0, 1, height);
  context.fillRect(right, 0, 1, height);
  context.globalAlpha = 1;
};

const drawLanes = () => {
  measure();
  const [width, height] = [room.width, canvas.clientHeight];
  if (!width || !seen.models.length) return;
  const density = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * density) || canvas.height !== Math.round(height * density)) {
    canvas.width = Math.round(width * density);
    canvas.height = Math.round(height * density);
  }
  const context = canvas.getContext("2d");
  const pens = paintOf(context);
  context.setTransform(density, 0, 0, density, 0, 0);
  context.fillStyle = pens.paper;
  context.fillRect(0, 0, width, height);
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "middle";
  const up = box.scrollTop;
  context.translate(0, -up);
  for (const place of layout.places) {
    if (place.top + place.height < up || place.top > up + height) continue;
    if (place.kind === "track") drawTrack(context, pens, place);
    if (place.kind === "heap") drawHeap(context, pens, place.model.heap, place.top);
    context.fillStyle = pens.ink;
    if (place.kind === "head") {
      context.font = "600 12px system-ui, sans-serif";
      const calls = place.model.calls === 1 ? "1 call" : `${groupDigits(place.model.calls)} calls`;
      context.fillText(`${place.model.case}: ${calls} in ${timeText(place.model.end)}`, 4, place.top + HEAD / 2);
      context.font = "11px system-ui, sans-serif";
    }
    if (place.kind === "heap") {
      context.fillText("live heap", 4, place.top + 10);
      context.fillStyle = pens.quiet;
      context.fillText(`peak ${bytesText(place.model.heap.peak)}`, 4, place.top + 24);
    }
  }
  context.translate(0, up);
  drawAxis(context, pens, height);
  drawWindow(context, pens, height);
};

let asked = false;
const redraw = () => {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => { asked = false; drawLanes(); });
};
