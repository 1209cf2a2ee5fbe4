// The listing: its lines add up to the table's figures, folded or not.
const sums = (page) => page.evaluate(() => {
  const number = (cell) => Number(cell.textContent.replace(/\D/g, "") || 0);
  const total = [0, 0, 0];
  const add = (cells) => cells.forEach((cell, index) => { total[index] += number(cell); });
  for (const row of document.querySelectorAll(".lines tbody tr")) {
    if (row.checkVisibility()) add([row.cells[0], row.cells[2], row.cells[3]]);
  }
  const external = document.querySelector("#external");
  if (!external.hidden) for (const row of external.querySelectorAll("tbody tr")) add([...row.cells].slice(0, 3));
  const said = document.querySelector("#source-total").dataset;
  return { total, said: [said.blocks, said.bytes, said.instructions].map(Number), words: document.querySelector("#listing").innerText };
});

export const source = async ({ open, check, table, subjects }) => {
  const page = await open("#source");
  const offered = await page.$$eval("#source [name=subject] option", (options) => options.map((option) => option.value));
  for (const subject of subjects) check(offered.some((name) => name.split(" (")[0] === subject), `${subject} has no source`);
  for (const row of table.filter((other) => other.allocations !== null)) {
    const show = async (fold) => {
      await page.evaluate((hash) => { location.hash = hash; }, `source?${new URLSearchParams({ subject: row.label, input: row.input })}${fold ? "&fold=on" : ""}`);
      await page.waitForFunction((name) => document.querySelector("#source-total").textContent.includes(name), row.case);
      return sums(page);
    };
    const [open, folded] = [await show(false), await show(true)];
    for (const [view, words] of [[open, "with inlined functions"], [folded, "folded"]]) {
      check(view.total.join() === view.said.join(), `${row.case}, ${words}: lines add up to ${view.total}, the total says ${view.said}`);
      const own = row.runtime_allocations !== null ? [view.said[0], view.said[1]] : [row.allocations, row.allocated_bytes];
      const expected = [...own, row.instructions ?? 0];
      check(view.said.join() === expected.join(), `${row.case}, ${words}: ${view.said} instead of the table's ${expected}`);
    }
  }

  await page.evaluate(() => { location.hash = "source?subject=rewrite/alg_one&input=sparse"; });
  await page.waitForFunction(() => document.querySelector("#source-total").textContent.includes("alg_one/sparse"));
  const before = (await sums(page)).words;
  await page.check("#source [name=fold]");
  check((await sums(page)).words !== before, "the fold switch changes nothing");
  check(page.url().includes("fold=on"), "the address does not hold the fold switch");
  await page.uncheck("#source [name=fold]");
  await page.click("#hottest");
  const line = new URLSearchParams(page.url().split("?")[1]).get("line");
  check(/^src\/.*\.rs:\d+$/.test(line ?? ""), `the hottest line is ${line}`);
  check(await page.locator("#listing .here").count() === 1, "the hottest line is not marked");

  const link = await open(`#source?subject=rewrite/alg_one&input=sparse&line=${line}`);
  check(await link.locator("#listing .here").count() === 1, "a link to a line does not mark it");
  check(await link.locator("#listing .here").evaluate((row) => {
    const { top, bottom } = row.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  }), "a link to a line does not show it");
  check(await link.inputValue("#source [name=input]") === "sparse", "a link does not restore the input");

  const mark = link.locator("#listing .mark:visible").first();
  await mark.focus();
  check((await mark.locator(".reasons").innerText()).length > 2, "an inlined call is not told when it has the focus");
};
