// One group and input at a time.
const pictured = all(".pictured");
const chips = all("#groups input");
for (const [index, chip] of chips.entries()) {
  const { group, input } = pictured[index].dataset;
  chip.addEventListener("change", () => go({ group, input }));
}
views.pictures = (chosen) => {
  const fits = ({ dataset }) => ["group", "input"].every((key) => !chosen.get(key) || dataset[key] === chosen.get(key));
  const shown = pictured.find(fits) ?? pictured[0];
  for (const [index, element] of pictured.entries()) {
    element.classList.toggle("aside", element !== shown);
    chips[index].checked = element === shown;
  }
};
