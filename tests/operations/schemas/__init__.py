"""What released versions wrote: a backup of each, and the sums of their migrations."""
