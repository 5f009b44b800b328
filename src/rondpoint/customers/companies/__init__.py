"""Companies: what sources say of them, who belongs to them, and which are one."""
