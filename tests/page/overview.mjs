// The joined table: it equals the command's, and can be sorted, filtered and compared.
const METRICS = ["time_ns", "bytes_per_second", "allocations", "allocated_bytes", "peak_bytes", "instructions"];

const shown = (page) => page.$$eval("#cases tr[data-case]", (rows, metrics) => rows
  .filter((row) => row.checkVisibility())
  .map((row) => ({
    case: row.dataset.case,
    ...Object.fromEntries([...row.querySelectorAll("td.figure")].map((cell, index) => [metrics[index], cell.dataset.v === undefined ? null : Number(cell.dataset.v)])),
    ratios: [...row.querySelectorAll("td.figure")].map((cell) => cell.querySelector(".ratio")?.textContent),
  })), METRICS);

export const overview = async ({ open, check, table, subjects }) => {
  const page = await open();
  const rows = await shown(page);
  check(rows.length === table.length, `${rows.length} rows on the page, ${table.length} in the table`);
  for (const row of table) {
    const own = rows.find((other) => other.case === row.case);
    const same = own && METRICS.every((metric) => own[metric] === row[metric]);
    check(same, `${row.case}: ${JSON.stringify(own)} on the page, ${JSON.stringify(row)} in the table`);
  }
  for (const subject of subjects) {
    check(rows.some((row) => row.case.startsWith(`${subject}/`)), `${subject} is not in the overview`);
  }

  const times = async () => (await shown(page)).map((row) => row.time_ns).filter((time) => time !== null);
  const head = page.locator("#cases th[data-key=time_ns]");
  await head.locator("button").click();
  const ascending = await times();
  check(await head.getAttribute("aria-sort") === "ascending", "the sorted column does not say so");
  check(ascending.every((time, index) => index === 0 || ascending[index - 1] <= time), "times do not ascend");
  await head.locator("button").focus();
  await page.keyboard.press("Enter");
  const descending = await times();
  check(await head.getAttribute("aria-sort") === "descending", "Enter does not turn the order");
  check(descending.join() === [...ascending].reverse().join(), "times do not descend");
  await page.keyboard.press("Enter");
  check((await shown(page)).map((row) => row.case).join() === rows.map((row) => row.case).join(), "the first order does not come back");

  await page.selectOption("#filters [name=group]", "freq");
  const counters = await shown(page);
  check(counters.length > 0 && counters.every((row) => row.case.startsWith("freq/")), "the filter by group shows others");
  await page.selectOption("#filters [name=group]", "");
  await page.selectOption("#filters [name=input]", "dense");
  const dense = await shown(page);
  check(dense.length > 0 && dense.every((row) => row.case.endsWith("/dense")), "the filter by input shows others");
  await page.fill("[name=find]", "alg_");
  check((await shown(page)).length === dense.filter((row) => row.case.includes("alg_")).length, "the filter by name");
  await page.fill("[name=find]", "no such subject");
  check(await page.locator("#no-cases").isVisible(), "nothing is said where no case matches");
  await page.click("#no-cases button");
  check((await shown(page)).length === table.length, "the filters are not forgotten");
  await page.uncheck("[name=lens][value=heap]");
  check(!await page.locator("#cases th[data-key=allocations]").isVisible(), "the heap lens is not hidden");
  check(await page.locator("#cases th[data-key=instructions]").isVisible(), "another lens is hidden");
  await page.click("#filters [type=reset]");
  check(await page.locator("#cases th[data-key=allocations]").isVisible(), "reset does not bring the heap lens back");

  const [first] = await page.$$("#cases tr[data-case='rewrite/alg_two/sparse'] .pick");
  await first.click();
  const compared = await shown(page);
  const base = compared.find((row) => row.case === "rewrite/alg_two/sparse");
  const other = compared.find((row) => row.case === "rewrite/alg_one/sparse");
  check(base.ratios.filter(Boolean).every((words) => words === "1×"), `the row itself is ${base.ratios}`);
  const expected = other.time_ns / base.time_ns;
  check(Math.abs(parseFloat(other.ratios[0]) / expected - 1) < 0.01, `${other.ratios[0]} instead of ${expected}`);
  check(new URL(page.url()).hash.includes("ratio=rewrite/alg_two"), "the address does not hold the ratio");
};
