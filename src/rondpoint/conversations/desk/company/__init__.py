"""Companies on the desk: the list, one of them with its people, and where a customer belongs."""
