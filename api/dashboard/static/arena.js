// The live ladder. The feed says only that something changed; the page then fetches its one moving part again.
"use strict";

const place = document.getElementById("ladder");
const live = document.getElementById("live");
const word = document.getElementById("live-word");
const said = document.getElementById("said");
const game = place.dataset.game;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const GAP_MS = 1000; // at most one fetch a second, however much happens
const QUIET_MS = 10000; // between two things said aloud
const MOVE_MS = 450;

let last = place.querySelector("[data-seq]").dataset.seq; // the newest event known here
let due = null;
let fetchedAt = 0;
let fetching = false;
let dirty = false;
let saidAt = 0;

function changed() {
  dirty = true;
  if (due !== null || fetching || document.hidden) return;
  due = setTimeout(refresh, Math.max(0, fetchedAt + GAP_MS - Date.now()));
}

async function refresh() {
  due = null;
  dirty = false;
  fetching = true;
  fetchedAt = Date.now();
  try {
    const answer = await fetch(`/fragments/ladder?game=${encodeURIComponent(game)}&seq=${last}`);
    if (answer.ok) show(await answer.text());
    else dirty = true;
  } catch {
    dirty = true; // away: the feed's return asks again
  }
  fetching = false;
  if (dirty && live.dataset.state === "on") changed();
}

function keyed() {
  const found = new Map();
  for (const node of place.querySelectorAll("tr[data-key], li[data-key]")) {
    found.set(node.dataset.key, { top: node.offsetTop, was: node.dataset.was, rank: node.dataset.rank });
  }
  return found;
}

function show(html) {
  const before = keyed();
  const focused = place.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const part = new DOMParser().parseFromString(html, "text/html").body;
  place.replaceChildren(...part.childNodes);
  if (focused) place.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  ages();
  if (before.size) mark(before);
}

function mark(before) {
  for (const node of place.querySelectorAll("tr[data-key], li[data-key]")) {
    const old = before.get(node.dataset.key);
    if (!old) node.classList.add("fresh");
    else if (old.was !== node.dataset.was) node.classList.add("changed");
    const moved = old ? old.top - node.offsetTop : 0;
    if (moved && node.tagName === "TR" && !calm.matches) {
      node.animate([{ transform: `translateY(${moved}px)` }, { transform: "none" }], { duration: MOVE_MS, easing: "ease-in-out" });
    }
    if (old && node.dataset.rank === "1" && old.rank !== "1") say(`${node.dataset.player} now leads.`);
  }
}

function say(text) {
  if (Date.now() - saidAt < QUIET_MS) return;
  saidAt = Date.now();
  said.textContent = text;
}

function ages() {
  for (const time of place.querySelectorAll("time")) {
    const seconds = Math.max(0, Math.round((Date.now() - Date.parse(time.dateTime)) / 1000));
    const [n, unit] = seconds < 60 ? [seconds, "s"] : seconds < 3600 ? [seconds / 60, "min"] : seconds < 86400 ? [seconds / 3600, "h"] : [seconds / 86400, "d"];
    time.title = time.title || new Date(time.dateTime).toLocaleString();
    time.textContent = `${Math.floor(n)} ${unit} ago`;
  }
}

function state(name, text) {
  if (live.dataset.state === name) return;
  live.dataset.state = name;
  word.textContent = text;
}

function listen() {
  const feed = new EventSource(`/api/v1/feed?after=${last}`);
  feed.onopen = () => {
    state("on", "live");
    if (dirty) changed();
  };
  feed.onerror = () => {
    state("off", "reconnecting");
    if (feed.readyState === EventSource.CLOSED) setTimeout(listen, 2000); // refused outright: the browser gives up, we do not
  };
  for (const name of ["match.settled", "match.voided"]) {
    feed.addEventListener(name, (event) => {
      last = event.lastEventId;
      if (JSON.parse(event.data).game === game) changed();
    });
  }
  feed.addEventListener("feed.reset", (event) => { // what was missed is no longer kept
    last = event.lastEventId;
    changed();
  });
}

document.addEventListener("visibilitychange", () => !document.hidden && dirty && changed());
setInterval(() => {
  ages();
  const part = place.querySelector("[data-rate]");
  if (part.dataset.rate !== "0" && Date.now() - fetchedAt > 10000) changed(); // the rate sinks when nothing happens
}, 5000);
ages();
listen();
