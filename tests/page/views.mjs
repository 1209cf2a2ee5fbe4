// The views: links, schemes, keyboard, small screens, no script, and the pictures.
const VIEWS = ["overview", "pictures", "source", "inlining", "heap", "memory", "machine"];

export const views = async ({ open, check, screenshots, subjects }) => {
  const page = await open();
  await page.keyboard.press("Tab");
  check(await page.evaluate(() => document.activeElement.className) === "skip", "the first stop is not the skip link");
  await page.keyboard.press("Enter");
  check(await page.evaluate(() => document.activeElement.id) === "main", "the skip link does not lead to the content");
  for (const view of VIEWS) {
    await page.focus(`nav a[href="#${view}"]`);
    await page.keyboard.press("Enter");
    const visible = await page.$$eval(".view", (sections) => sections.filter((section) => section.checkVisibility()).map((section) => section.id));
    check(visible.join() === view, `the link to ${view} shows ${visible}`);
    check(await page.getAttribute(`nav a[href="#${view}"]`, "aria-current") === "page", `${view} is not the current one`);
  }
  await page.goBack();
  check(page.url().includes(`#${VIEWS.at(-2)}`), `back leads to ${page.url()}`);

  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const grounds = {};
  for (const theme of ["light", "dark"]) {
    await page.check(`[name=theme][value=${theme}]`, { force: true });
    grounds[theme] = await ground();
  }
  check(grounds.light !== grounds.dark, "light and dark are the same");
  await page.check('[name=theme][value=""]', { force: true });
  await page.emulateMedia({ colorScheme: "dark" });
  check(await ground() === grounds.dark, "the system's scheme is not followed");

  const still = await open("", { javaScriptEnabled: false });
  for (const view of VIEWS) check(await still.locator(`#${view}`).isVisible(), `${view} needs a script`);
  const words = await still.locator("#overview").innerText();
  for (const subject of subjects) check(words.includes(subject), `${subject} needs a script`);
  check(await still.locator(".controls:visible").count() === 0, "controls stand there that do nothing without a script");

  const chart = await open("#pictures?group=freq&input=feeds");
  const groups = await chart.$$eval(".pictured", (elements) => elements.filter((element) => element.checkVisibility()).map((element) => `${element.dataset.group} ${element.dataset.input}`));
  check(groups.join() === "freq feeds", `a link to a group shows ${groups}`);

  for (const width of [1400, 400]) {
    for (const colorScheme of ["light", "dark"]) {
      for (const view of VIEWS) {
        const place = view === "source" || view === "heap" ? `${view}?subject=rewrite/alg_one&input=sparse` : view;
        const shot = await open(`#${place}`, { viewport: { width, height: 900 }, colorScheme });
        const wide = await shot.evaluate(() => document.documentElement.scrollWidth);
        check(wide <= width, `${view} is ${wide} wide on a screen of ${width}`);
        await shot.screenshot({ path: `${screenshots}/${view}-${width}-${colorScheme}.png`, fullPage: view !== "source" });
        await shot.context().close();
      }
    }
  }
};
