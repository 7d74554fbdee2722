// The page of a player: its own matches and statuses concern it, and what changes the ladders that it stands on.
import { ages, follow, LIVES, replace } from "./live.js";

const place = document.getElementById("moving");
const words = (name) => place.querySelector("[data-seq]").dataset[name].split(" ");

function mine(name, data) {
  if (name === "match.settled") return data.seats.some((id) => words("versions").includes(id));
  if (name === "match.voided") return words("games").includes(data.game);
  return data.player.split("@")[0] === place.dataset.player; // in some the version is named too
}

follow({
  place,
  events: ["match.settled", "match.voided", ...LIVES],
  mine,
  address: (seq) => `${place.dataset.from}?seq=${seq}`,
  show: (html) => {
    replace(place, html);
    ages(place);
  },
});

setInterval(() => ages(place), 5000);
ages(place);
