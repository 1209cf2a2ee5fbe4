// Widens the clicked frame; a second click on it, or Escape, shows the whole graph.
const zoomable = (flame) => {
  const width = flame.viewBox.baseVal.width;
  const total = Number(flame.dataset.total);
  const frames = [...flame.querySelectorAll("g[data-at]")].map((group) => ({
    group,
    at: Number(group.dataset.at),
    samples: Number(group.dataset.samples),
    rect: group.querySelector("rect"),
    text: group.querySelector("text"),
  }));
  let zoomed;
  const show = (frame) => {
    zoomed = frame;
    const [from, all] = frame ? [frame.at, frame.samples] : [0, total];
    for (const { group, at, samples, rect, text } of frames) {
      const left = Math.max(at, from);
      const right = Math.min(at + samples, from + all);
      const wide = ((right - left) * width) / all;
      group.style.display = wide < 0.4 ? "none" : "";
      group.classList.toggle("below", Boolean(frame) && samples > all);
      const x = ((left - from) * width) / all;
      rect.setAttribute("x", x);
      rect.setAttribute("width", Math.max(wide, 0));
      text.setAttribute("x", x + 3);
      const fitting = Math.floor((wide - 6) / 6.7);
      const { name } = group.dataset;
      text.textContent = name.length <= fitting ? name : fitting < 4 ? "" : `${name.slice(0, fitting - 1)}…`;
    }
  };
  flame.addEventListener("click", (event) => {
    const group = event.target.closest("g[data-at]");
    const frame = frames.find((it) => it.group === group);
    show(frame === zoomed ? undefined : frame);
  });
  flame.ownerDocument.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && zoomed) show();
  });
};
