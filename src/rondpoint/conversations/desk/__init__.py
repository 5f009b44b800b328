"""The desk: inbox, conversation, customer, live."""
