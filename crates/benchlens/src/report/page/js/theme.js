// Light, dark, or the system's theme.
const remembered = (() => {
  try { return localStorage.getItem("benchlens-theme") ?? ""; } catch { return ""; }
})();
const wear = (theme) => {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
};
for (const input of all("input[name=theme]")) {
  input.checked = input.value === remembered;
  input.addEventListener("change", () => {
    wear(input.value);
    try { localStorage.setItem("benchlens-theme", input.value); } catch { /* a private window */ }
  });
}
wear(remembered);
