"""Pure rules of likeness: how records are read, which are compared, and what agreement and difference weigh."""
