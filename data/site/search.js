// Search in the browser, without a server: the index is a set of scripts, loaded when it is first needed.
"use strict";
const kbSearch = {
  rows: [],
  chunks: 0,
  add(rows) { this.rows.push(...rows); },
  fold(text) {
    return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/ø/g, "o").replace(/ł/g, "l").replace(/ß/g, "ss");
  },
  // Whether two words differ by at most one letter, or by two neighbours that changed places.
  near(a, b) {
    if (Math.abs(a.length - b.length) > 1 || a.length < 4) return false;
    let i = 0;
    while (i < a.length && a[i] === b[i]) i++;
    const [x, y] = [a.slice(i), b.slice(i)];
    return x.slice(1) === y || x === y.slice(1) || x.slice(1) === y.slice(1)
      || (x.slice(2) === y.slice(2) && x[0] === y[1] && x[1] === y[0]);
  },
  score(row, words) {
    let total = 0;
    for (const word of words) {
      const [, , , title, names, body] = row;
      let best = 0;
      for (const [text, weight] of [[title, 8], [names, 8], [body, 1]]) {
        const at = text.indexOf(word);
        if (at < 0) continue;
        const begins = at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1]);
        const whole = begins && !/[\p{L}\p{N}]/u.test(text[at + word.length] ?? " ");
        best = Math.max(best, weight * (whole ? 4 : begins ? 2 : 1));
      }
      if (best === 0 && (title + " " + names).split(/[^\p{L}\p{N}]+/u).some((other) => this.near(word, other))) best = 3;
      if (best === 0) return 0;
      total += best;
    }
    return total + (row[3] === words.join(" ") ? 50 : 0) + 1 / (1 + row[3].length);
  },
  find(question) {
    const words = this.fold(question).split(/[^\p{L}\p{N}+#.-]+/u).filter(Boolean);
    if (words.length === 0) return [];
    const hits = this.rows.map((row) => [this.score(row, words), row]).filter(([score]) => score > 0);
    return hits.sort((a, b) => b[0] - a[0]).slice(0, 20).map(([, row]) => row);
  },
};
globalThis.kbSearch = kbSearch;
(() => {
  const box = document.getElementById("search");
  if (!box) return;
  const root = box.dataset.root;
  const [query, hits] = [document.getElementById("query"), document.getElementById("hits")];
  box.hidden = false;
  const load = (name) => new Promise((done) => {
    const script = document.createElement("script");
    script.src = root + "search/" + name + ".js";
    script.onload = script.onerror = done;
    document.head.append(script);
  });
  let loading;
  const ready = () => loading ??= load("index").then(async () => {
    for (let n = 0; n < kbSearch.chunks; n++) await load(n);
  });
  const show = () => {
    hits.replaceChildren(...kbSearch.find(query.value).map(([title, path, kind]) => {
      const [item, link, note] = ["li", "a", "span"].map((name) => document.createElement(name));
      link.href = root + path;
      link.textContent = title;
      note.className = "note";
      note.textContent = kind;
      item.append(link, " ", note);
      return item;
    }));
  };
  query.addEventListener("focus", ready);
  query.addEventListener("input", () => ready().then(show));
  query.addEventListener("keydown", (event) => {
    if (event.key === "Enter") hits.querySelector("a")?.click();
  });
})();
