"""What the tests of the TypeScript walker share: the walker itself, built and started once."""

from walking import walker

__all__ = ["walker"]
