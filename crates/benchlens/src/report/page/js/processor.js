// Makes the flame graphs zoomable, and opens the chosen case.
for (const flame of all("#processor .flame")) zoomable(flame);
views.processor = (chosen) => {
  const name = [chosen.get("subject"), chosen.get("input")].filter(Boolean).join("/");
  const wanted = all("#processor .sampled").find((it) => it.dataset.case === name);
  if (wanted) wanted.open = true;
};
