// The recordings in the page's data: columns of numbers. A row of a track has regions that do not overlap, in time
// order.
const timelines = one("#timelines") ? await unpack("timelines") : [];

// The first index for which `is` holds, given that it holds for all later ones.
const firstOf = (length, is) => {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (is(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
};

// A row's regions by index, with prefix sums of their times, so that the time between two pixels is known without
// visiting each region.
const rowOf = (regions, start, time) => {
  const row = { ids: Int32Array.from(regions), start: new Float64Array(regions.length), end: new Float64Array(regions.length), before: new Float64Array(regions.length + 1) };
  regions.forEach((id, place) => {
    row.start[place] = start[id];
    row.end[place] = start[id] + time[id];
    row.before[place + 1] = row.before[place] + time[id];
  });
  return row;
};

// A recording prepared for drawing, on first use.
const modelOf = (data) => {
  if (data.model) return data.model;
  const count = data.name.length;
  const start = new Float64Array(count);
  const laneOf = new Int32Array(count);
  const tracks = [];
  let id = 0;
  data.lanes.forEach((lane, number) => {
    const track = (tracks[lane.track] ??= { lanes: [], rows: [] });
    track.lanes.push(lane);
    for (let at = 0, to = id + lane.count; id < to; id += 1) {
      at += data.start[id];
      start[id] = at;
      laneOf[id] = number;
      (track.rows[data.row[id]] ??= []).push(id);
    }
  });
  for (const track of tracks) {
    track.rows = [...track.rows].map((regions = []) => rowOf(regions, start, data.time));
  }
  let [at, live, peak] = [0, 0, 0];
  const heap = data.heap && { at: new Float64Array(data.heap[0].length), live: new Float64Array(data.heap[0].length) };
  data.heap?.[0].forEach((step, place) => {
    heap.at[place] = at += step;
    heap.live[place] = live += data.heap[1][place];
    peak = Math.max(peak, live);
  });
  data.model = { ...data, count, start, laneOf, tracks, heap: heap && { ...heap, peak, low: Math.min(0, ...sampled(heap.live)) } };
  return data.model;
};
// A sample of the values, few enough to be passed as arguments.
const sampled = (values) => values.filter((_, place) => place % Math.ceil(values.length / 4096) === 0);

// For every name and kind of region: how many lie in the window, their total time, and their median. Of a region that
// the window cuts, only the part inside counts.
const sumsOf = (model, from = 0, to = model.end) => {
  const found = new Map();
  for (let id = 0; id < model.count; id += 1) {
    const begin = Math.max(model.start[id], from);
    const time = Math.min(model.start[id] + model.time[id], to) - begin;
    if (time < 0 || (time === 0 && model.time[id] > 0)) continue;
    const key = model.name[id] * model.kinds.length + model.kind[id];
    const sum = found.get(key) ?? { name: model.names[model.name[id]], kind: model.kinds[model.kind[id]], times: [], sum: 0, blocks: 0, bytes: 0 };
    found.set(key, sum);
    sum.times.push(time);
    sum.sum += time;
    sum.blocks += model.blocks[id] ?? NaN;
    sum.bytes += model.bytes[id] ?? NaN;
  }
  const whole = model.lanes.reduce((all, lane) => all + Math.max(Math.min(lane.end, to) - Math.max(lane.begin, from), 0), 0);
  const sums = [...found.values()].map(({ times, ...sum }) => {
    times.sort((a, b) => a - b);
    return { ...sum, count: times.length, median: times[(times.length - 1) >> 1], share: whole ? sum.sum / whole : 0 };
  });
  return sums.sort((a, b) => b.sum - a.sum || (a.name < b.name ? -1 : 1));
};

// Three digits and a unit.
const scaled = (value, step, units) => {
  let unit = 0;
  while (Math.abs(value) >= step - 0.5 && unit + 1 < units.length) {
    value /= step;
    unit += 1;
  }
  const size = Math.abs(value);
  const digits = unit === 0 && Number.isInteger(value) ? 0 : size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${units[unit]}`;
};
const timeText = (nanoseconds) => scaled(nanoseconds, 1000, ["ns", "µs", "ms", "s"]);
const bytesText = (bytes) => (bytes === 0 ? "0" : scaled(bytes, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]));
const shareText = (share) => `${(share * 100).toFixed(1)} %`;
