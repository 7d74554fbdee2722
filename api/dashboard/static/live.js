// A page that moves: the feed says only that something changed; the page then fetches its one moving part again.

/** The feed's events that tell of a change of a version's status. */
export const LIVES = ["submitted", "qualified", "rejected", "paused", "active", "retired"].map((what) => `player.${what}`);

const GAP_MS = 1000; // at most one fetch a second, however much happens
const DOUBLINGS = 5; // of that, where it fails again and again: half a minute

const live = document.getElementById("live");
const word = document.getElementById("live-word");

/**
 * Keep `place` up to date. `events` are the feed's that may concern it, `mine(name, data)` says whether one does;
 * `address(seq)` is where its content comes from as it is after that event, and `show(html)` puts it there.
 * Gives `changed`, which fetches it soon, and `quiet`, the milliseconds since it was last fetched.
 */
export function follow({ place, events, mine, address, show }) {
  let last = place.querySelector("[data-seq]").dataset.seq; // the newest event known here
  let due = null;
  let fetchedAt = 0;
  let fetching = false;
  let dirty = false;
  let failed = 0; // fetches, one after the other
  let sent = null; // what is shown, as it came

  function changed() {
    dirty = true;
    if (due !== null || fetching || document.hidden) return;
    due = setTimeout(refresh, Math.max(0, fetchedAt + GAP_MS * 2 ** Math.min(failed, DOUBLINGS) - Date.now()));
  }

  async function refresh() {
    due = null;
    dirty = false;
    fetching = true;
    fetchedAt = Date.now();
    try {
      const answer = await fetch(address(last));
      if (!answer.ok) throw new Error(answer.statusText);
      const html = await answer.text();
      const told = html.replace(/ data-seq="\d+"/, ""); // counts what happens elsewhere, too
      if (told !== sent) show(html);
      sent = told;
      failed = 0;
    } catch {
      dirty = true; // away: the feed's return asks again
      failed += 1;
    }
    fetching = false;
    if (dirty && live.dataset.state === "on") changed();
  }

  function listen() {
    const feed = new EventSource(`/api/v1/feed?after=${last}`);
    feed.onopen = () => {
      state("on", "live");
      failed = 0;
      if (dirty) changed();
    };
    feed.onerror = () => {
      state("off", "reconnecting");
      if (feed.readyState === EventSource.CLOSED) setTimeout(listen, 2000); // refused outright: the browser gives up, we do not
    };
    for (const name of events) {
      feed.addEventListener(name, (event) => {
        last = event.lastEventId;
        if (mine(name, JSON.parse(event.data))) changed();
      });
    }
    feed.addEventListener("feed.reset", (event) => { // what was missed is no longer kept
      last = event.lastEventId;
      changed();
    });
  }

  document.addEventListener("visibilitychange", () => !document.hidden && dirty && changed());
  listen();
  return { changed, quiet: () => Date.now() - fetchedAt };
}

/** The content of a fragment in place of the old; what had the focus keeps it, and what was unfolded stays so. */
export function replace(place, html) {
  const active = document.activeElement;
  const focused = place.contains(active) ? active.getAttribute("href") : null;
  const before = summaries(place);
  const part = new DOMParser().parseFromString(html, "text/html").body;
  place.replaceChildren(...part.childNodes);
  if (focused) place.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  for (const [key, summary] of summaries(place)) {
    const old = before.get(key);
    if (old?.parentElement.open) summary.parentElement.open = true;
    if (old && old === active) summary.focus({ preventScroll: true });
  }
}

/** What can be unfolded, by its words and how many had the same before it. */
function summaries(place) {
  const found = new Map();
  for (const summary of place.querySelectorAll("summary")) {
    let n = 0;
    while (found.has(`${n} ${summary.textContent}`)) n += 1;
    found.set(`${n} ${summary.textContent}`, summary);
  }
  return found;
}

/** Times as ages. */
export function ages(place) {
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
