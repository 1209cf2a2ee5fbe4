// The pictures of the course's tools: node course.mjs FOLDER SERVICE OUTPUT
import { chromium } from "playwright-core";

const [, , folder, service, output] = process.argv;
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });

const open = async (address, height) => {
  const page = await browser.newPage({ viewport: { width: 1400, height }, colorScheme: "light" });
  await page.goto(address);
  await page.waitForTimeout(500);
  return page;
};

const timeline = await open(`file://${folder}/timeline.html`, 900);
await timeline.screenshot({ path: `${output}/timeline.png`, clip: { x: 0, y: 90, width: 1400, height: 640 } });

const memory = await open(`file://${folder}/memory.html#memory`, 900);
await memory.screenshot({ path: `${output}/memory.png` });

const pair = await open(`file://${folder}/page.html#inlining`, 900);
const code = pair.locator("#inlining details").first();
await code.locator("summary").click();
const place = await code.boundingBox();
await pair.screenshot({ path: `${output}/assembly.png`, fullPage: true, clip: { ...place, y: place.y + await pair.evaluate(() => scrollY), height: 740 } });

const search = await open(`${service}?topic=president`, 620);
await search.screenshot({ path: `${output}/service.png` });

await browser.close();
