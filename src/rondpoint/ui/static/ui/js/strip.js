/* Where the settings menu is a strip that scrolls sideways, the entry one is at is in sight from the start. */
const here = document.querySelector(".settings > nav a[aria-current]");
const strip = here?.closest("nav");
if (strip) strip.scrollLeft = here.offsetLeft - (strip.clientWidth - here.offsetWidth) / 2;
