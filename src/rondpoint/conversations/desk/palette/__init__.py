"""The palette: everything one can go to or do, by typing a few letters."""
