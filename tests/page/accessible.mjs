// axe-core finds nothing serious in any view; in the dark scheme it checks only colours, as nothing else differs.
const PLACES = [
  "overview", "overview?sort=time_ns&ratio=rewrite/alg_two", "pictures",
  "source?subject=rewrite/alg_one&input=sparse", "inlining", "heap?subject=rewrite/alg_one&input=seed", "machine",
];

export const accessible = async ({ open, check, axe }) => {
  for (const [colorScheme, rules] of [["light", {}], ["dark", { runOnly: ["color-contrast"] }]]) {
    for (const place of PLACES) {
      const page = await open(`#${place}`, { colorScheme });
      await page.evaluate(axe);
      const { violations } = await page.evaluate((rules) => axe.run(document, { resultTypes: ["violations"], ...rules }), rules);
      const grave = violations.filter((violation) => ["serious", "critical"].includes(violation.impact));
      for (const { id, help, nodes } of grave) {
        check(false, `axe, ${place}, ${colorScheme}: ${id}: ${help}: ${nodes.length} times, such as ${nodes[0].html.slice(0, 160)} ${nodes[0].any[0]?.message ?? ""}`);
      }
      check(grave.length === 0, `axe, ${place}, ${colorScheme}: ${grave.length} findings`);
      await page.context().close();
    }
  }
};
