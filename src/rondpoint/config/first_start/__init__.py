"""The first start: the first administrator, then brand, mailbox, number, widget and colleagues, each tried at once."""
