// One job and input at a time.
const pictured = all(".pictured");
for (const chip of all("#groups input")) {
  chip.addEventListener("change", () => go({ group: chip.value.trim().replace(" ", "/") }));
}
views.pictures = (chosen) => {
  const names = pictured.map((element) => element.dataset.group.trim().replace(" ", "/"));
  const group = names.includes(chosen.get("group")) ? chosen.get("group") : names[0];
  for (const [index, element] of pictured.entries()) element.classList.toggle("aside", names[index] !== group);
  for (const chip of all("#groups input")) chip.checked = chip.value.trim().replace(" ", "/") === group;
};
