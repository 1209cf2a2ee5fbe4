// Shows the view that the address names, with what is chosen in it.
const show = () => {
  const { view, chosen } = read();
  const name = one(`#${CSS.escape(view)}.view`) ? view : "overview";
  for (const section of all(".view")) section.classList.toggle("aside", section.id !== name);
  for (const link of all("nav a")) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  views[name]?.(chosen);
};

for (const link of all("nav a")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    // The chosen case is kept; sorting and filters belong to the view that is left.
    const kept = new URLSearchParams([...read().chosen].filter(([key]) => ["subject", "input", "fold"].includes(key)));
    history.pushState(null, "", link.hash);
    go(Object.fromEntries(kept), link.hash.slice(1));
    scrollTo(0, 0);
  });
}
one(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  one("#main").focus();
});
addEventListener("hashchange", show);
addEventListener("popstate", show);
document.documentElement.classList.add("scripted");
show();
