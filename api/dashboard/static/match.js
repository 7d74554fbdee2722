// The page of a match that is to come, or sealed: it waits for the match, or for the other leg of its pair, to be settled.
import { follow, replace } from "./live.js";

const place = document.getElementById("moving");
const seats = place.dataset.seats.split(" ").sort().join(" ");
const SLOW_MS = 5000;

const sealed = () => place.querySelector("[data-sealed]");

const part = follow({
  place,
  events: ["match.settled", "match.voided", "match.given_up"],
  // The other leg is between the same seats; nothing else tells which it is.
  mine: (name, data) => data.match_id === place.dataset.match || (sealed() && [...data.seats ?? []].sort().join(" ") === seats),
  address: () => place.dataset.from,
  show: (html) => {
    replace(place, html);
    document.getElementById("live").hidden = !sealed(); // nothing more is to come
  },
});

setInterval(() => {
  if (sealed() && part.quiet() > SLOW_MS) part.changed(); // that it is being played now is no event
}, SLOW_MS);
