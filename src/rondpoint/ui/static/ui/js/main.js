/* What every page of the house has. */
import "./dialog.js";
import "./menu.js";
import "./tip.js";
import "./toast.js";
import "./keys.js";
import "./theme.js";
import "./strip.js";
import "./offline.js";
