/* The entry one is at is in sight from the start, where the settings menu is longer than the screen, or a strip that
   scrolls sideways. */
const here = document.querySelector(".settings > nav a[aria-current]");
const strip = here?.closest("nav");
if (strip) {
  strip.scrollLeft = here.offsetLeft - (strip.clientWidth - here.offsetWidth) / 2;
  strip.scrollTop = here.offsetTop - (strip.clientHeight - here.offsetHeight) / 2;
}
