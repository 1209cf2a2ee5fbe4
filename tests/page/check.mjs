// Checks the page in a browser; called by scripts/check-page with the folder of page, tables and
// profiles, and the folder for the pictures.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { accessible } from "./accessible.mjs";
import { heap } from "./heap.mjs";
import { overview } from "./overview.mjs";
import { source } from "./source.mjs";
import { views } from "./views.mjs";

const [, , folder, screenshots] = process.argv;
const json = (name) => JSON.parse(readFileSync(`${folder}/${name}`, "utf8"));
const report = `file://${folder}/report.html`;
const failures = [];
let checks = 0;

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

// Opens the page at `hash`; console messages, script errors and network requests are failures.
const open = async (hash = "", options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) failures.push(`console, ${hash}: ${message.text()}`);
  });
  page.on("pageerror", (error) => failures.push(`script, ${hash}: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(report) && !/^(data|blob):/.test(request.url())) {
      failures.push(`network, ${hash}: ${request.url()}`);
    }
  });
  await page.goto(`${report}${hash}`);
  if (options.javaScriptEnabled !== false) await page.waitForSelector("html[data-ready]");
  return page;
};
const check = (holds, words) => {
  checks += 1;
  if (!holds) failures.push(words);
};
// The name by which the page calls a subject.
const label = ({ group, subject, role }) => `${group}/${subject}${role === "subject" ? "" : ` (${role})`}`;
const tools = {
  open, check, report, screenshots,
  table: json("table.json").map((row, place) => ({ ...row, place, label: label(row) })),
  subjects: json("list.json").map((subject) => subject.name),
  profileOf: (row) => `${folder}/profiles/${row.place}.json`,
  axe: readFileSync(`${folder}/node_modules/axe-core/axe.min.js`, "utf8"),
};

for (const [name, suite] of Object.entries({ overview, source, heap, views, accessible })) {
  try {
    await suite(tools);
  } catch (error) {
    failures.push(`${name}: ${error.stack}`);
  }
}
await browser.close();
for (const failure of failures) console.error(failure);
console.log(`page: ${checks} checks, ${failures.length} failures`);
process.exit(failures.length ? 1 : 0);
