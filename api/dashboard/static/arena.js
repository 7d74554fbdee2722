// The live ladder.
import { ages, follow, LIVES, replace } from "./live.js";

const place = document.getElementById("ladder");
const said = document.getElementById("said");
const { game, league } = place.dataset;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const tabs = document.querySelector(".tabs ul"); // on a phone they are wider than the screen
const chosen = tabs.querySelector("[aria-current]");
tabs.scrollLeft = chosen.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - chosen.offsetWidth) / 2;

const QUIET_MS = 10000; // between two things said aloud
const MOVE_MS = 450;

let saidAt = 0;

function keyed() {
  const found = new Map();
  for (const node of place.querySelectorAll("tr[data-key], li[data-key]")) {
    found.set(node.dataset.key, { top: node.offsetTop, was: node.dataset.was, rank: node.dataset.rank });
  }
  return found;
}

function show(html) {
  const before = keyed();
  replace(place, html);
  ages(place);
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

// A version's status changes with a word about its player, whose name stands before the number of a version.
const stands = (player) => [...place.querySelectorAll("tr[data-player]")].some((row) => plain(row.dataset.player) === plain(player));
const plain = (label) => label.split("@")[0];

const part = follow({
  place,
  events: ["match.settled", "match.voided", ...LIVES],
  mine: (name, data) => (name.startsWith("player.") ? stands(data.player) : data.game === game && data.league === league),
  address: (seq) => `/fragments/ladder?game=${encodeURIComponent(game)}&league=${encodeURIComponent(league)}&seq=${seq}`,
  show,
});

setInterval(() => {
  ages(place);
  const moving = place.querySelector("[data-rate]");
  if (moving.dataset.rate !== "0" && part.quiet() > 10000) part.changed(); // the rate sinks when nothing happens
}, 5000);
ages(place);
