"use strict";
const EVERY = 700;
const make = (name, attributes = {}, ...inside) => {
  const one = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null) one.setAttribute(key, value);
  }
  one.append(...inside);
  return one;
};

// Replaces what is in an element by `wanted`, and leaves alone what looks the same: focus and open parts stay.
const become = (parent, wanted) => {
  const present = new Map([...parent.children].map((one) => [one.dataset.key, one]));
  let at = parent.firstElementChild;
  for (const one of wanted) {
    const former = present.get(one.dataset.key);
    let kept = former;
    if (!former) {
      kept = one;
    } else if (former.tagName === "DETAILS") {
      become(former.lastElementChild, [...one.lastElementChild.children]);
      if (!former.firstElementChild.isEqualNode(one.firstElementChild)) former.firstElementChild.replaceChildren(...one.firstElementChild.childNodes);
    } else if (!former.isEqualNode(one)) {
      former.replaceWith(one);
      kept = one;
      if (former === at) at = one;
    }
    present.delete(one.dataset.key);
    if (kept === at) at = at.nextElementSibling;
    else parent.insertBefore(kept, at);
  }
  present.forEach((one) => one.remove());
};

const counted = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

const service = (one) => {
  const state = one.running >= one.replicas && !one.moving ? "up" : one.error ? "down" : "moving";
  const uses = [...one.secrets, ...one.configs, ...one.volumes];
  const meter = make("i");
  meter.style.transform = `scaleX(${one.replicas ? Math.min(1, one.running / one.replicas) : 1})`;
  return make("article", { class: `card ${state}`, "data-key": one.id, "aria-label": `service ${one.name}, ${one.running} of ${one.replicas} running` },
    make("div", { class: "name" }, make("b", {}, one.name), make("span", { class: "dim" }, `${one.running} of ${one.replicas} running`)),
    make("div", { class: "image" }, one.image),
    make("div", { class: "meter", "aria-hidden": "true" }, meter),
    make("div", { class: "dots" }, ...one.tasks.map((task) => make("span", { class: `dot ${task.state}` }, task.state))),
    ...(one.error ? [make("div", { class: "error" }, one.error)] : []),
    ...(one.hosts.length ? [make("div", { class: "uses" }, `hosts: ${one.hosts.join(", ")}`)] : []),
    ...(uses.length ? [make("div", { class: "uses" }, `mounts: ${uses.join(", ")}`)] : []));
};

const group = (title, items) =>
  make("section", { "data-key": title }, make("h3", {}, title), items.length ? make("ul", { class: "things" }, ...items) : make("p", { class: "dim" }, "none"));

const versions = (one) =>
  make("li", {}, make("b", {}, one.name), make("span", { class: "versions" }, ...one.versions.map((version) =>
    make("span", { class: `tag ${version.users.length ? "create" : "quiet"}` },
      [version.number ? `v${version.number}` : "", version.users.join(", ") || (version.number ? "" : "not mounted")].filter(Boolean).join(": ")))));

const cluster = (one, index) => {
  const moving = one.services.filter((each) => each.moving).length;
  const counts = `${counted(one.services.length + one.more, "service")}, ${counted(one.nodes.length, "node")}${moving ? `, ${moving} moving` : ""}`;
  return make("details", { class: "cluster", "data-key": one.id, open: index === 0 || one.services.length > 1 ? "" : null },
    make("summary", {}, make("h2", {}, one.label), make("code", { class: "dim" }, one.id), make("span", { class: "counts" }, counts)),
    make("div", { class: "inside" },
      make("section", { "data-key": "services" }, make("h3", {}, "services"), make("div", { class: "cards" }, ...one.services.map(service)),
        ...(one.more ? [make("p", { class: "dim" }, `and ${one.more} more`)] : [])),
      make("div", { class: "groups", "data-key": "groups" },
        group("nodes", one.nodes.map((node) => make("li", {}, make("span", { class: `tag ${node.status === "Ready" ? "create" : "update"}` }, node.status), make("b", {}, node.address), make("span", { class: "dim" }, `${node.size}${node.manager ? ", manager" : ""}`)))),
        group("volumes", one.volumes.map((volume) => make("li", {}, make("b", {}, volume.name), make("span", { class: "dim" }, volume.users.length ? volume.users.join(", ") : "not mounted")))),
        group("secrets", one.secrets.map(versions)),
        group("configs", one.configs.map(versions)))));
};

// The path without what is the same in all of them, clusters by their labels.
const short = (path) => {
  const label = new Map(feed.clusters.map((one) => [one.id, one.label]));
  const steps = path.split("/").map((step) => label.get(step) ?? step);
  return steps.slice(steps[2] === "companies" && steps.length > 4 ? 4 : 2).join("/");
};

const request = (one) => {
  const bad = one.status === null || one.status >= 400;
  const ended = one.status ?? one.state;
  return make("tr", { "data-key": one.seq },
    make("td", {}, new Date(one.time * 1000).toISOString().slice(11, 23)), make("td", { class: one.method }, one.method), make("td", { title: one.path }, short(one.path)),
    make("td", bad ? { class: "bad" } : {}, `${ended}${one.fault ? ` (${one.fault})` : ""}`));
};

const at = (id) => document.getElementById(id);
let feed = null;
const show = () => {
  become(at("clusters"), feed.clusters.map(cluster));
  at("hooks").hidden = feed.webhooks.length === 0;
  become(at("hooks").querySelector("ul"), feed.webhooks.map((one) =>
    make("li", { "data-key": one.id }, make("b", {}, one.label || one.id), make("span", { class: "dim" }, `${one.host}, ${one.cluster}`))));
  const rows = feed.requests.filter((one) => !at("writes").checked || one.method !== "GET").reverse();
  become(document.querySelector("tbody"), rows.map(request));
  at("quiet").hidden = rows.length > 0;
};

const state = (word, role) => {
  if (at("state").textContent !== word) at("state").textContent = word;
  at("state").className = `tag ${role}`;
};
let paused = false;
at("pause").addEventListener("click", () => {
  paused = !paused;
  at("pause").setAttribute("aria-pressed", String(paused));
  at("pause").textContent = paused ? "Go on" : "Pause";
  if (paused) state("paused", "held");
});
at("writes").addEventListener("change", () => feed && show());

const look = async () => {
  if (!paused && !document.hidden) {
    try {
      const answer = await fetch("/live.json", { cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      const now = await answer.json();
      if (!paused) { // it may have been paused meanwhile
        feed = now;
        show();
        state("live", "create");
      }
    } catch {
      if (!paused) state("no answer", "delete");
    }
  }
  setTimeout(look, EVERY);
};
look();
