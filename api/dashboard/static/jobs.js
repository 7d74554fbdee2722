// The pages of jobs: all of them, or one with its curves, whose checkpoints' matches concern it too.
import { ages, follow, replace } from "./live.js";

const place = document.getElementById("moving");
const job = place.dataset.job;
const SLOW_MS = 5000;

const games = () => place.querySelector("[data-seq]").dataset.games?.split(" ") ?? [];
const running = () => place.querySelector('[data-now="running"]');

const part = follow({
  place,
  events: ["job.state", "job.progress", "match.settled", "match.voided"],
  mine: (name, data) => (name.startsWith("match.") ? games().includes(data.game) : !job || data.job_id === job),
  address: (seq) => `${place.dataset.from}?seq=${seq}`,
  show: (html) => {
    replace(place, html);
    ages(place);
  },
});

setInterval(() => {
  ages(place);
  if (running() && part.quiet() > SLOW_MS) part.changed(); // its clock runs, even while it stands still
}, SLOW_MS);
ages(place);
