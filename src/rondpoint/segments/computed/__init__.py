"""Computed traits: worked out of facts by a definition, kept live, found anew from the lake and compared."""
