"""What travels, declared once: the server's answers as msgspec structs.

`answers` declares what is said about models, `lessons` what the guided tour says, `rule` how an op's formula is
written. From these declarations docs/write_schemas.py makes the JSON Schemas in docs/schemas and the page's types, and
a test holds every address's real answer against its own. docs/protocol.md says what the fields mean together.
"""
