// The icicle: it shows the blocks of the profile, and the profile can be saved.
import { readFileSync } from "node:fs";

// The part of the address that selects a row of the table.
const place = (row) => new URLSearchParams({ subject: row.label, input: row.input }).toString();

// A profile without the order in which its frames happen to be numbered.
const plain = ({ ftbl, pps, ...head }) => JSON.stringify({
  ...Object.fromEntries(Object.entries(head).sort()),
  pps: pps.map(({ fs, ...point }) => ({ ...point, fs: fs.map((frame) => ftbl[frame]) })),
});

export const heap = async ({ open, check, table, profileOf }) => {
  const page = await open("#heap");
  for (const row of table.filter((other) => other.allocations !== null)) {
    await page.evaluate((hash) => { location.hash = hash; }, `heap?${place(row)}`);
    await page.waitForFunction((name) => document.querySelector("#save").dataset.case === name, row.case);
    const profile = JSON.parse(readFileSync(profileOf(row), "utf8"));
    const blocks = profile.pps.reduce((sum, point) => sum + point.tbk, 0);
    const root = page.locator("#icicle > .node");
    if (blocks === 0) {
      check(await root.count() === 0 && /allocates nothing/.test(await page.textContent("#icicle")), `${row.case}: an empty icicle says nothing`);
      continue;
    }
    const drawn = await root.evaluate((node) => node.node.blocks);
    check(drawn === blocks, `${row.case}: ${drawn} blocks in the icicle, ${blocks} in the profile`);
    if (row.runtime_allocations === null) check(drawn === row.allocations, `${row.case}: ${drawn} blocks in the icicle, ${row.allocations} in the table`);
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
    const saved = JSON.parse(readFileSync(await download.path(), "utf8"));
    check(plain(saved) === plain(profile), `${row.case}: the saved profile is not dhat's`);
  }

  await page.goto(`${page.url().split("#")[0]}#heap?subject=rewrite/alg_one&input=seed`);
  await page.waitForSelector("#icicle .node");
  const widths = () => page.$$eval("#icicle .box", (boxes) => boxes.filter((box) => box.checkVisibility()).map((box) => Math.round(box.getBoundingClientRect().width)).join());
  const byBlocks = await widths();
  check(await page.locator("#icicle .box.inlined").count() > 0, "no inlined frame is drawn");
  await page.check(".picker [name=by][value=bytes]");
  check(await widths() !== byBlocks, "blocks and bytes are equally wide");
  await page.check("#heap .picker [name=fold]");
  check(await page.locator("#icicle .box.inlined").count() === 0, "folding leaves inlined frames");
  check(await page.locator("#icicle .box").count() > 1, "folding leaves nothing");
  await page.focus("#icicle > .node > .box");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const focused = await page.evaluate(() => document.activeElement.getAttribute("aria-label"));
  check(/block/.test(focused), `the arrows lead to ${focused}`);
  check((await page.textContent("#frame")).length > 20, "the focused frame is not told");
};
