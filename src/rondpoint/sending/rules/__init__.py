"""What sending decides without a database or a network: steps of the gate, states, pauses."""
