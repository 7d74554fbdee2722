// The health page: fetches its one moving part again every few seconds, and says so when the API does not answer.
"use strict";

const place = document.getElementById("health");
const live = document.getElementById("live");
const word = document.getElementById("live-word");
const said = document.getElementById("said");

const GAP_MS = 3000;
const PATIENCE_MS = 8000; // longer than the API takes when its servers are silent

const summary = () => place.querySelector("[data-summary]").dataset.summary;

async function look() {
  if (!document.hidden) {
    try {
      const answer = await fetch("/fragments/health", { signal: AbortSignal.timeout(PATIENCE_MS) });
      if (!answer.ok) throw new Error(answer.status);
      show(await answer.text());
      state("on", "live");
    } catch {
      state("off", "no answer");
    }
  }
  setTimeout(look, GAP_MS);
}

function show(html) {
  const before = summary();
  const part = new DOMParser().parseFromString(html, "text/html").body;
  place.replaceChildren(...part.childNodes);
  if (summary() !== before) said.textContent = summary();
}

function state(name, text) {
  place.classList.toggle("stale", name === "off");
  if (live.dataset.state === name) return;
  live.dataset.state = name;
  word.textContent = text;
}

look();
