"""Pure rules of identity: what links, what may not, and where a cut runs."""
