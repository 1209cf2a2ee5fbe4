// The choice of a case, which Source and Heap share.
const inputsOf = new Map();
for (const row of rows) {
  if (!inputsOf.has(row.subject)) inputsOf.set(row.subject, []);
  inputsOf.get(row.subject).push(row.input);
}
const pickers = all(".picker");
for (const picker of pickers) {
  picker.addEventListener("submit", (event) => event.preventDefault());
  picker.addEventListener("change", () => {
    const form = new FormData(picker);
    go({ subject: form.get("subject"), input: form.get("input"), fold: form.get("fold"), by: form.get("by") ?? read().chosen.get("by"), line: "" });
  });
}
// The chosen case; a subject or input that is missing or unknown is replaced by the first one.
const pick = (chosen) => {
  const options = [...pickers[0].elements.subject.options].map((option) => option.value);
  const subject = options.includes(chosen.get("subject")) ? chosen.get("subject") : options[0];
  const inputs = inputsOf.get(subject) ?? [];
  const input = inputs.includes(chosen.get("input")) ? chosen.get("input") : inputs[0];
  for (const picker of pickers) {
    const { elements } = picker;
    elements.subject.value = subject;
    elements.input.replaceChildren(...inputs.map((name) => new Option(name, name, false, name === input)));
    elements.fold.checked = chosen.has("fold");
    for (const radio of all("[name=by]", picker)) radio.checked = radio.value === (chosen.get("by") ?? "");
  }
  const row = rows.find((other) => other.subject === subject && other.input === input);
  return { place: row?.place, name: row?.name ?? "no case", fold: chosen.has("fold") };
};
