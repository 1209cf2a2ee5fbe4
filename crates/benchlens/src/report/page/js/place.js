// Where the reader is: the view and what is chosen in it, kept in the address after the `#`.
const read = () => {
  const [view, query] = decodeURI(location.hash.slice(1)).split("?");
  return { view: view || "overview", chosen: new URLSearchParams(query) };
};

// Changes what is chosen; empty values are left out of the address. Without a view, `go` stays in
// the current one.
const go = (changes, view = read().view) => {
  const { chosen } = read();
  for (const [key, value] of Object.entries(changes)) {
    if (value) chosen.set(key, value);
    else chosen.delete(key);
  }
  const query = chosen.toString().replaceAll("%2F", "/").replaceAll("%3A", ":");
  history.replaceState(null, "", `#${view}${query && `?${query}`}`);
  show();
};

const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const one = (selector, within = document) => within.querySelector(selector);
const say = (words) => { one("#said").textContent = words; };

// What the scripts put on the page goes through `textContent`, never through HTML.
const groupDigits = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");
const element = (name, properties, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

// Unpacks compressed data of the page into an object.
const unpack = (id) => {
  const bytes = Uint8Array.from(atob(one(`#${id}`).textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
};

// The function that draws each view from the choice, called whenever the choice changes.
const views = {};
