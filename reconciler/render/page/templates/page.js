"use strict";
const all = (selector, from = document) => [...from.querySelectorAll(selector)];
const changes = all(".change");
const names = changes.map((one) => one.querySelector(".title").textContent.toLowerCase());

const search = document.getElementById("search");
if (search) {
  const count = document.getElementById("count");
  const none = document.querySelector(".none");
  all("[hidden]", document.querySelector(".bar")).forEach((one) => (one.hidden = false));
  const tally = () => {
    const off = all(".tick input[type=checkbox]:not(:checked)").map((one) => one.id.split("-"));
    const shown = changes.filter((one) => !one.hidden && !off.some(([, group, name]) => one.dataset[group] === name));
    count.textContent = shown.length === changes.length ? "" : `${shown.length} of ${changes.length} shown`;
    none.hidden = shown.length > 0;
  };
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    changes.forEach((one, index) => (one.hidden = !words.every((word) => names[index].includes(word))));
    tally();
  });
  document.querySelector(".bar").addEventListener("change", tally);
  document.getElementById("open-all").addEventListener("click", () => changes.forEach((one) => (one.open = true)));
  document.getElementById("close-all").addEventListener("click", () => changes.forEach((one) => (one.open = false)));
  addEventListener("keydown", (event) => {
    if (event.key === "/" && event.target !== search) {
      event.preventDefault();
      search.focus();
    }
  });
  tally();
}

const reveal = () => {
  const one = document.getElementById(location.hash.slice(1));
  if (one && one.localName === "details") {
    one.hidden = false;
    one.open = true;
    one.scrollIntoView({ block: "nearest" });
    one.firstElementChild.focus({ preventScroll: true });
  }
};
addEventListener("hashchange", reveal);
addEventListener("beforeprint", () => changes.forEach((one) => (one.open = true)));
reveal();

for (const graph of all(".graph")) {
  const curves = all(".curve", graph);
  const nodes = new Map(all(".node", graph).map((one) => [one.dataset.step, one]));
  const walk = (step, from, to, lit) => {
    for (const curve of curves) {
      if (curve.dataset[from] === step && !lit.has(curve)) {
        lit.add(curve).add(nodes.get(curve.dataset[to]));
        walk(curve.dataset[to], from, to, lit);
      }
    }
  };
  const light = (event) => {
    const node = event.target.closest(".node");
    all(".on", graph).forEach((one) => one.classList.remove("on"));
    graph.classList.toggle("lit", Boolean(node));
    if (node) {
      const lit = new Set([node]);
      walk(node.dataset.step, "after", "before", lit);
      walk(node.dataset.step, "before", "after", lit);
      lit.forEach((one) => one.classList.add("on"));
    }
  };
  const dark = () => {
    graph.classList.remove("lit");
    all(".on", graph).forEach((one) => one.classList.remove("on"));
  };
  graph.addEventListener("pointerover", light);
  graph.addEventListener("focusin", light);
  graph.addEventListener("pointerleave", dark);
  graph.addEventListener("focusout", dark);
}
