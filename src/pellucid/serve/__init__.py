"""The web server: the page, and the numbers it asks for (docs/protocol.md). No numerics of its own."""
