"""The box above a thread, what is already known, and the list of promises."""
